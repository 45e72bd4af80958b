//! What a misspelt word was probably meant to be.
//!
//! Takes the word and the names that are known; gives the likeliest of them, or words that offer it. Invariant: a
//! suggestion is always one of the names.

/// The name among `names` that `word` was probably meant to be.
pub(crate) fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let score = |name: &str| (strsim::jaro_winkler(&word.to_lowercase(), name) * 1000.0) as u32;
    names
        .into_iter()
        .map(|name| (score(name), name))
        .max_by_key(|(score, name)| (*score, std::cmp::Reverse(*name)))
        .filter(|(score, _)| *score > 750)
        .map(|(_, name)| name)
}

/// What to write instead of `word`: the nearest name, or all of them when they are few.
pub(crate) fn offer(word: &str, names: &[&str]) -> String {
    /// More names than these are no help in one line.
    const FEW: usize = 6;
    match nearest(word, names.iter().copied()) {
        Some(name) => format!("; did you mean `{name}`?"),
        None if names.len() <= FEW => format!(
            "; there {} {}",
            if names.len() == 1 { "is" } else { "are" },
            quoted_list(names)
        ),
        None => String::new(),
    }
}

/// `a`, `b` and `c`, each in backticks.
fn quoted_list(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => "nothing".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_finds_the_name_and_nonsense_does_not() {
        let names = ["null-pool", "syntax-error", "unused-ignore"];
        assert_eq!(nearest("sintax-eror", names), Some("syntax-error"));
        assert_eq!(nearest("NULL_POOL", names), Some("null-pool"));
        assert_eq!(nearest("E501", names), None);
    }

    #[test]
    fn few_names_are_all_offered_and_many_are_not() {
        assert_eq!(offer("colour", &["color"]), "; did you mean `color`?");
        assert_eq!(offer("zzz", &["color"]), "; there is `color`");
        assert_eq!(
            offer("zzz", &["a", "b", "c"]),
            "; there are `a`, `b` and `c`"
        );
        assert_eq!(offer("zzz", &["a", "b", "c", "d", "e", "f", "g"]), "");
    }
}
