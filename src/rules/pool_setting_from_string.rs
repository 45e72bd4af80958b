//! `pool-setting-from-string`: text where a number of connections belongs, usually straight from the environment.
//!
//! Looks at the sizes of each pool whose constructor reckons with them, so that text raises there and then.

use crate::catalog::{Behaviour, ContextKind, ConvertTo, Maker, Refused, Role};
use crate::finding::{Confidence, Finding, Severity};
use crate::project::Project;
use crate::project::pools::{Pool, Setting};
use crate::project::values::Value;

const NAME: &str = "pool-setting-from-string";

/// What nobody here maintains.
const SILENT: &[ContextKind] = &[ContextKind::Vendored, ContextKind::Generated];

/// The numbers that a constructor reckons with, and what it says to text.
const ROLES: &[(Role, Refused)] = &[
    (Role::Size, Refused::TextSize),
    (Role::Min, Refused::TextMin),
    (Role::Max, Refused::TextMax),
];

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for pool in project.instances() {
        let contexts = project.contexts(pool.site);
        let Some(maker) = project.catalog.maker(&pool.maker) else {
            continue;
        };
        if contexts.iter().any(|context| SILENT.contains(context)) || !reckons(maker, pool) {
            continue;
        }
        for (role, refused) in ROLES {
            let found = pool.settings.get(role).and_then(|given| text(given));
            let keyword = maker
                .parameters
                .get(role)
                .and_then(|it| it.keyword.as_deref());
            if let (Some(text), Some(keyword)) = (found, keyword)
                && let Some(raised) = maker.raises.get(refused)
                && findings
                    .iter()
                    .all(|known| known.place != project.place(pool.site))
            {
                findings.push(say(project, pool, keyword, raised, &text));
            }
        }
    }
    findings
}

/// Whether the pool is one that has a size, and its maker does not convert what it is given.
fn reckons(maker: &Maker, pool: &Pool) -> bool {
    !maker.parameters.contains_key(&Role::Configuration)
        && pool.classes.iter().all(|choice| match choice.behaviour {
            Some(behaviour) => behaviour == Behaviour::Queue,
            None => !choice.explicit && choice.by_version.is_empty(),
        })
}

/// Text that is given in the place of a number.
struct Text<'p> {
    setting: &'p Setting,
    /// The variable it is read from.
    env: Option<&'p str>,
    /// Whether it is text also when the variable is not set.
    always: bool,
}

/// The text among what is given, when the one value that is given may be text.
fn text(given: &[Setting]) -> Option<Text<'_>> {
    let [setting] = given else {
        return None;
    };
    match &setting.val.value {
        Value::Str(_) => Some(Text {
            setting,
            env: None,
            always: true,
        }),
        Value::Env(env) if env.convert == Some(ConvertTo::Text) && !env.configured => Some(Text {
            setting,
            env: Some(&env.name),
            always: env
                .default
                .as_ref()
                .is_some_and(|default| matches!(default.value, Value::Str(_))),
        }),
        _ => None,
    }
}

fn say(
    project: &Project<'_>,
    pool: &Pool,
    keyword: &str,
    raised: &str,
    text: &Text<'_>,
) -> Finding {
    let from = match text.env {
        Some(env) if text.always => format!("`{keyword}` is the text of `{env}`"),
        Some(env) => format!("`{keyword}` is the text of `{env}` when that is set"),
        None => format!("`{keyword}` is text"),
    };
    let mut finding = Finding::new(
        NAME,
        project.place(pool.site),
        format!("`{}` raises `{raised}`: {from}", pool.maker_name()),
    )
    .severity(Severity::Error)
    .confidence(if text.setting.conditions.is_empty() {
        Confidence::High
    } else {
        Confidence::Medium
    })
    .symbol(pool.symbol.clone())
    .help(format!(
        "Convert what `{keyword}` is given to a whole number, and give it a fallback."
    ))
    .related(text.setting.place, format!("`{keyword}` is set here"))
    .fold_key(format!("{}:{keyword}", pool.maker));
    if let Some(place) = text.setting.val.place {
        finding = finding.related(place, "the text comes from here");
    }
    finding
}
