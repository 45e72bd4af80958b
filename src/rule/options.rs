//! The options of the rules: from what a user wrote to values that the pages allow.
//!
//! Takes the pages and the names as they were written; gives [`Choices`], or says which part does not exist and what was
//! probably meant. Invariant: [`Choices`] made here hold every option of every page.

use super::Meta;
use crate::declared::{Choice, Choices};
use crate::nearest::offer;

/// A rule, option or value that does not exist.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{message}")]
pub struct UnknownChoice {
    /// Which of the three does not exist.
    pub part: ChoicePart,
    /// What is wrong, and what was probably meant.
    pub message: String,
}

/// A part of `RULE.OPTION=VALUE`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ChoicePart {
    /// The rule.
    Rule,
    /// The option.
    Option,
    /// The value.
    Value,
}

/// Every option of every rule with its default.
pub fn defaults(metas: &[Meta]) -> Choices {
    let mut choices = Choices::default();
    for meta in metas {
        for option in &meta.options {
            let choice = Choice {
                value: option.default.clone(),
                explicit: false,
            };
            choices.set(&meta.name, &option.name, choice);
        }
    }
    choices
}

/// Gives an option of a rule a value, on the user's request.
///
/// # Errors
/// When there is no such rule, the rule has no such option, or the option does not allow the value.
pub fn choose(
    metas: &[Meta],
    choices: &mut Choices,
    rule: &str,
    option: &str,
    value: &str,
) -> Result<(), UnknownChoice> {
    let unknown = |part, fact: String, word: &str, names: Vec<&str>| UnknownChoice {
        part,
        message: fact + &offer(word, &names),
    };
    let Some(meta) = metas.iter().find(|meta| meta.name == rule) else {
        let names = metas.iter().map(|meta| &*meta.name).collect();
        let fact = format!("`{rule}` is no rule with options");
        return Err(unknown(ChoicePart::Rule, fact, rule, names));
    };
    if meta.options.is_empty() {
        return Err(UnknownChoice {
            part: ChoicePart::Option,
            message: format!("`{rule}` has no options"),
        });
    }
    let Some(found) = meta.options.iter().find(|known| known.name == option) else {
        let fact = format!("`{rule}` has no option `{option}`");
        let names = meta.options.iter().map(|known| &*known.name).collect();
        return Err(unknown(ChoicePart::Option, fact, option, names));
    };
    if !found.values.iter().any(|known| known == value) {
        let fact = format!("`{value}` is no value of `{rule}.{option}`");
        let names = found.values.iter().map(|known| &**known).collect();
        return Err(unknown(ChoicePart::Value, fact, value, names));
    }
    let choice = Choice {
        value: value.to_owned(),
        explicit: true,
    };
    choices.set(rule, option, choice);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules;

    /// What `RULE.OPTION` is after `value` was asked for, or what is said against it.
    fn chosen(rule: &str, option: &str, value: &str) -> Result<Choice, String> {
        let mut choices = defaults(rules::metas());
        choose(rules::metas(), &mut choices, rule, option, value)
            .map_err(|error| error.to_string())?;
        Ok(choices.get(rule, option).expect("it was set").clone())
    }

    #[test]
    fn the_default_of_every_option_is_one_of_its_values() {
        let choices = defaults(rules::metas());
        let mut options = 0;
        for meta in rules::metas() {
            for option in &meta.options {
                assert!(option.values.contains(&option.default), "{}", meta.name);
                assert!(option.summary.ends_with('.'), "{}", meta.name);
                let choice = choices.get(&meta.name, &option.name).expect("a default");
                assert_eq!((&choice.value, choice.explicit), (&option.default, false));
                options += 1;
            }
        }
        assert_eq!(choices.all().count(), options);
    }

    #[test]
    fn asking_for_the_default_is_still_asking() {
        let asked = |value: &str| {
            Ok(Choice {
                value: value.to_owned(),
                explicit: true,
            })
        };
        assert_eq!(chosen("null-pool", "replacement", "auto"), asked("auto"));
        assert_eq!(
            chosen("null-pool", "replacement", "static-pool"),
            asked("static-pool")
        );
    }

    #[test]
    fn what_does_not_exist_is_told_with_what_was_meant() {
        let said = |rule, option, value| chosen(rule, option, value).expect_err("refused");
        assert_eq!(
            said("nul-pool", "replacement", "auto"),
            "`nul-pool` is no rule with options; did you mean `null-pool`?"
        );
        assert_eq!(
            said("null-pool", "replacment", "auto"),
            "`null-pool` has no option `replacment`; did you mean `replacement`?"
        );
        assert_eq!(
            said("null-pool", "replacement", "staticpool"),
            "`staticpool` is no value of `null-pool.replacement`; did you mean `static-pool`?"
        );
        assert_eq!(
            said("null-pool", "style", "zzz"),
            "`zzz` is no value of `null-pool.style`; there is `inline`"
        );
        assert_eq!(
            said("duplicate-engine", "size", "1"),
            "`duplicate-engine` has no options"
        );
    }
}
