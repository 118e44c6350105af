//! The language of whoever reads the page that is being made.
//!
//! What the database refuses is told far from where the page begins. So the request carries the language along: that of the browser
//! until it is known who asks, then that of the person. A program has none, and gets everything in English.

use std::cell::Cell;

use crate::words::Language;

#[derive(Debug, Clone, Copy)]
struct Reader {
    language: Language,
    /// Whether it is that of the person who asks.
    is_of_person: bool,
}

tokio::task_local! {
    static READER: Cell<Reader>;
}

/// Answers a request for a reader; none for a program.
pub(crate) async fn answering<T>(
    language: Option<Language>,
    answer: impl Future<Output = T>,
) -> (T, Option<Language>) {
    let Some(language) = language else { return (answer.await, None) };
    let reader = Cell::new(Reader { language, is_of_person: false });
    READER.scope(reader, async { (answer.await, Some(self::language())) }).await
}

/// Notes the language of the person who asks, once.
pub(crate) fn is_person(language: Language) {
    // A program has no reader, and nothing is to be noted.
    let _ = READER.try_with(|reader| {
        if !reader.get().is_of_person {
            reader.set(Reader { language, is_of_person: true });
        }
    });
}

/// The language that is read; English where a program asks.
pub(crate) fn language() -> Language {
    READER.try_with(|reader| reader.get().language).unwrap_or(Language::En)
}
