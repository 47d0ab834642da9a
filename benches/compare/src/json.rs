//! JSON, written into one buffer.

use uuid::Uuid;

/// An answer while it is written.
#[derive(Default)]
pub struct Json(pub Vec<u8>);

impl Json {
    /// A buffer large enough for most answers.
    pub fn with_capacity(bytes: usize) -> Json {
        Json(Vec::with_capacity(bytes))
    }

    /// Text that is JSON already.
    pub fn raw(&mut self, text: &str) -> &mut Json {
        self.bytes(text.as_bytes())
    }

    /// The same as bytes.
    pub fn bytes(&mut self, json: &[u8]) -> &mut Json {
        self.0.extend_from_slice(json);
        self
    }

    /// A string.
    pub fn string(&mut self, text: &str) -> &mut Json {
        let bytes = text.as_bytes();
        self.0.push(b'"');
        let mut from = 0;
        for (at, &byte) in bytes.iter().enumerate() {
            if byte >= b' ' && byte != b'"' && byte != b'\\' {
                continue;
            }
            self.0.extend_from_slice(&bytes[from..at]);
            from = at + 1;
            match byte {
                b'"' => self.raw("\\\""),
                b'\\' => self.raw("\\\\"),
                b'\n' => self.raw("\\n"),
                b'\r' => self.raw("\\r"),
                b'\t' => self.raw("\\t"),
                8 => self.raw("\\b"),
                12 => self.raw("\\f"),
                other => self.raw(&format!("\\u{other:04x}")),
            };
        }
        self.0.extend_from_slice(&bytes[from..]);
        self.0.push(b'"');
        self
    }

    /// A string, or null.
    pub fn nullable(&mut self, text: Option<&str>) -> &mut Json {
        match text {
            Some(text) => self.string(text),
            None => self.raw("null"),
        }
    }

    /// An id.
    pub fn id(&mut self, id: Uuid) -> &mut Json {
        self.0.push(b'"');
        let mut buffer = Uuid::encode_buffer();
        self.0.extend_from_slice(id.hyphenated().encode_lower(&mut buffer).as_bytes());
        self.0.push(b'"');
        self
    }

    /// `[…]` of what `write` writes for each item.
    pub fn list<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Json, T),
    ) -> &mut Json {
        self.0.push(b'[');
        let start = self.0.len();
        for item in items {
            if self.0.len() > start {
                self.0.push(b',');
            }
            write(self, item);
        }
        self.0.push(b']');
        self
    }
}
