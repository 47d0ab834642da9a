//! The entities of the blog, and the schema that they make.
//!
//! A new entity is a file beside these, its two lines here (`mod` and the registry's), and a line in the file
//! of each entity it is related to.

pub(crate) mod blog_post;
pub(crate) mod post_tag_link;
pub(crate) mod profile;
pub(crate) mod tag;
pub(crate) mod user;

use crate::registry;

registry! {
    entities {
        user: User, users, UserQuery, UserMutation;
        profile: Profile, profiles, ProfileQuery, ProfileMutation;
        blog_post: BlogPost, blog_posts, BlogPostQuery, BlogPostMutation;
        tag: Tag, tags, TagQuery, TagMutation;
    }
    links {
        post_tag_link: PostTagLink, post_tags;
    }
    changed {
        /// An event for each post that a mutation creates, updates or deletes, in commit order.
        blog_post_changed: BlogPost as BlogPostEvent,
            "A change to a post: its fields, its author or its list of tags.",
            "The post at the time of delivery, which may be later than the change. Null if it is gone, and for RESYNC.",
            by {
                author_id "Only posts whose author has this id, before or after the change.";
                tag_id "Only posts with this tag, before or after the change.";
            }
        /// An event for each user that a mutation creates, updates or deletes, in commit order. A change to a profile counts
        /// as a change to its user.
        user_changed: User as UserEvent,
            "A change to a user or to their profile.",
            "The user at the time of delivery, which may be later than the change. Null if they are gone, and for RESYNC.",
            by { id "Only the user with this id."; }
        /// An event for each tag that a mutation creates, updates or deletes, in commit order.
        tag_changed: Tag as TagEvent,
            "A change to a tag. Adding it to a post or removing it does not count.",
            "The tag at the time of delivery, which may be later than the change. Null if it is gone, and for RESYNC.",
            by { id "Only the tag with this id."; }
    }
}
