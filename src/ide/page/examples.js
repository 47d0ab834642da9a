// The first tabs: each relationship of the blog from each of its two sides, and a subscription.

export const examples = [
  `# One-to-one: each user's profile, null where there is none.
query UserProfile {
  users {
    username
    profile {
      displayName
      bio
    }
  }
}
`,
  `# One-to-one, and back: the user of each profile.
query ProfileUser {
  profiles {
    displayName
    user {
      username
    }
  }
}
`,
  `# One-to-many: two posts of each user, newest first.
query UserBlogPosts {
  users {
    username
    blogPosts(limit: 2) {
      title
      publishedAt
    }
  }
}
`,
  `# One-to-many, and back: the author of each post.
query BlogPostAuthor {
  blogPosts {
    title
    author {
      username
    }
  }
}
`,
  `# Many-to-many: the tags of each post, in the writer's order.
query BlogPostTags {
  blogPosts(limit: 3) {
    title
    tags {
      name
    }
  }
}
`,
  `# Many-to-many, and back: two posts of each tag, newest first.
query TagPosts {
  tags {
    name
    posts(limit: 2) {
      title
    }
  }
}
`,
  `# Each change of a post, as it happens: run this, and change a post in another window.
subscription BlogPostChanged {
  blogPostChanged {
    kind
    id
    blogPost {
      title
      author {
        username
      }
    }
  }
}
`,
]
