//! Names in Rust and SQL (`blog_posts`), and as GraphQL has them (`blogPosts`).

/// Whether `camel` is the camel case of `snake`.
pub fn is_camel_case_of(camel: &str, snake: &str) -> bool {
    let mut expected = snake.bytes();
    let same = camel.bytes().all(|byte| match expected.next() {
        Some(b'_') => expected.next().is_some_and(|next| next.to_ascii_uppercase() == byte),
        next => next == Some(byte),
    });
    same && expected.next().is_none()
}

/// `createdAt` for `created_at`.
pub fn camel_case(snake: &str) -> String {
    let mut words = snake.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| name + &pascal_case(word))
}

/// `CreatedAt` for `created_at`.
pub fn pascal_case(snake: &str) -> String {
    snake.split('_').map(first_upper).collect()
}

/// `postTagLink` for `PostTagLink`.
pub fn first_lower(name: &str) -> String {
    name.get(..1).unwrap_or("").to_ascii_lowercase() + name.get(1..).unwrap_or("")
}

/// `BlogPosts` for `blogPosts`.
pub fn first_upper(name: &str) -> String {
    name.get(..1).unwrap_or("").to_ascii_uppercase() + name.get(1..).unwrap_or("")
}

/// `blog post` for `BlogPost`.
pub fn words(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_recognised_as_they_are_written() {
        for (snake, camel) in [("id", "id"), ("created_at", "createdAt"), ("a_b_c", "aBC")] {
            assert_eq!(camel_case(snake), camel);
            assert!(is_camel_case_of(camel, snake));
        }
        for other in ["created_at", "createdat", "createdA", "createdAtt", "CreatedAt", ""] {
            assert!(!is_camel_case_of(other, "created_at"), "{other}");
        }
        assert_eq!(pascal_case("blog_posts"), "BlogPosts");
        assert_eq!(first_lower("ItemLink"), "itemLink");
        assert_eq!(first_upper("blogPosts"), "BlogPosts");
        assert_eq!(words("TeamLink"), "team link");
    }
}
