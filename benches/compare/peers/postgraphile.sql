-- What PostGraphile needs to create a post with tags in one mutation.
CREATE SCHEMA postgraphile;
CREATE FUNCTION postgraphile.create_post(title text, content text, author_id uuid, tags text[])
RETURNS public.blog_posts LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    made public.blog_posts;
    now timestamptz := clock_timestamp();
BEGIN
    -- A version 7 UUID: the milliseconds since 1970, then random bits.
    INSERT INTO public.blog_posts (id, title, content, user_id, created_at, updated_at, version)
    VALUES (
        (lpad(to_hex(floor(extract(epoch FROM now) * 1000)::bigint), 12, '0') || '7'
            || substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid,
        create_post.title, create_post.content, author_id, now, now, 1)
    RETURNING * INTO made;
    INSERT INTO public.post_tags (post_id, tag_id, position, added_at)
    SELECT made.id, t.id, k.n - 1, now FROM unnest(create_post.tags) WITH ORDINALITY AS k (name, n)
    LEFT JOIN public.tags t ON t.name = k.name;
    RETURN made;
END $$;
