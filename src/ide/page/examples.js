// The first tabs: each relationship of the blog from each of its two sides, and a subscription.

export const examples = [
  `# One-to-one: each user's profile, or null.
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
  `# One-to-one, and back: each profile's user.
query ProfileUser {
  profiles {
    displayName
    user {
      username
    }
  }
}
`,
  `# One-to-many: each user's two newest posts.
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
  `# One-to-many, and back: each post's author.
query BlogPostAuthor {
  blogPosts {
    title
    author {
      username
    }
  }
}
`,
  `# Many-to-many: each post's tags, in their order.
query BlogPostTags {
  blogPosts(limit: 3) {
    title
    tags {
      name
    }
  }
}
`,
  `# Many-to-many, and back: each tag's newest posts.
query TagPosts {
  tags {
    name
    posts(limit: 2) {
      title
    }
  }
}
`,
  `# Run this, and change a post in another window.
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
