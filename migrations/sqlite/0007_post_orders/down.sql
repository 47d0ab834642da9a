DROP INDEX post_tags_tag_id_post_id_idx;
CREATE INDEX post_tags_tag_id_post_id_idx ON post_tags (tag_id, post_id);

DROP INDEX blog_posts_updated_at_id_idx;
DROP INDEX blog_posts_created_at_id_idx;
DROP INDEX blog_posts_title_id_idx;
DROP INDEX blog_posts_published_at_id_idx;
