//! `pool-setting-from-string`: text where a pool wants a number or a switch, usually straight from the environment.
//!
//! Looks at the settings of each pool that its library does not convert. When text fails depends on the setting: at
//! construction, at every checkout, or when a checkout has to wait; the catalog says which. Text as a switch never fails
//! and is always on.

use super::null_pool::name_of;
use crate::catalog::{Behaviour, ContextKind, ConvertTo, Maker, Refused, Role};
use crate::edit::{Applicability, Fix};
use crate::finding::{Confidence, Finding, Severity};
use crate::project::Project;
use crate::project::pools::{Pool, Setting};
use crate::project::values::Value;

const NAME: &str = "pool-setting-from-string";

/// What nobody here maintains.
const SILENT: &[ContextKind] = &[ContextKind::Vendored, ContextKind::Generated];

/// The numbers of a pool, and what it says to text. Of several, the one that constructors look at first.
const NUMBERS: &[(Role, Refused)] = &[
    (Role::Size, Refused::TextSize),
    (Role::Max, Refused::TextMax),
    (Role::Min, Refused::TextMin),
    (Role::MaxIdle, Refused::TextMaxIdle),
    (Role::Overflow, Refused::TextOverflow),
    (Role::Recycle, Refused::TextRecycle),
    (Role::AcquireTimeout, Refused::TextAcquireTimeout),
];

/// The switches of a pool.
const SWITCHES: &[Role] = &[Role::PrePing, Role::Lifo];

/// Text that whoever writes it means to switch something off with.
const OFF: &[&str] = &["false", "0", "no", "off", "n", "f"];

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for pool in project.instances() {
        let contexts = project.pool_contexts(pool);
        let Some(maker) = project.catalog.maker(&pool.maker) else {
            continue;
        };
        if contexts.iter().any(|context| SILENT.contains(context)) || converts(maker) {
            continue;
        }
        let numbers = NUMBERS
            .iter()
            .filter(|_| has_size(pool))
            .filter_map(|(role, refused)| number(project, pool, maker, *role, *refused));
        let switches = SWITCHES
            .iter()
            .filter_map(|role| switch(project, pool, maker, *role));
        // A call that raises once is one finding; what else it is given shows when that is mended.
        if let Some(finding) = numbers.chain(switches).next()
            && findings.iter().all(|known| known.place != finding.place)
        {
            findings.push(finding);
        }
    }
    findings
}

/// Whether a maker converts what it is given: it reads a configuration, in which everything is text.
fn converts(maker: &Maker) -> bool {
    maker.parameters.contains_key(&Role::Configuration)
}

/// Whether the pool is one that has a size.
fn has_size(pool: &Pool) -> bool {
    pool.classes.iter().all(|choice| match choice.behaviour {
        Some(behaviour) => behaviour == Behaviour::Queue,
        None => !choice.explicit && choice.by_version.is_empty(),
    })
}

/// Text that is given in the place of something else.
struct Text<'p> {
    setting: &'p Setting,
    keyword: &'p str,
    /// The variable it is read from.
    env: Option<&'p str>,
    /// Whether it is text also when the variable is not set.
    always: bool,
    /// The text, or what the variable falls back to.
    said: Option<&'p str>,
}

/// The text among what is given for a role, when the one value that is given may be text.
fn text<'p>(pool: &'p Pool, maker: &'p Maker, role: Role) -> Option<Text<'p>> {
    let keyword = maker.parameters.get(&role)?.keyword.as_deref()?;
    let [setting] = pool.settings.get(&role)?.as_slice() else {
        return None;
    };
    match &setting.val.value {
        Value::Str(said) => Some(Text {
            setting,
            keyword,
            env: None,
            always: true,
            said: Some(said),
        }),
        Value::Env(env) if env.convert == Some(ConvertTo::Text) && !env.configured => {
            let said = env.default.as_ref().and_then(|default| default.as_str());
            Some(Text {
                setting,
                keyword,
                env: Some(&env.name),
                always: said.is_some(),
                said,
            })
        }
        _ => None,
    }
}

/// Text in the place of a number.
fn number(
    project: &Project<'_>,
    pool: &Pool,
    maker: &Maker,
    role: Role,
    refused: Refused,
) -> Option<Finding> {
    let text = text(pool, maker, role)?;
    let name = name_of(pool);
    let (fails, raised) = if let Some(raised) = maker.raises.get(&refused) {
        (format!("`{}` raises", pool.maker_name()), raised)
    } else if let Some(raised) = maker.raises_later.get(&refused) {
        (format!("every checkout from {name} raises"), raised)
    } else {
        let raised = maker.raises_waiting.get(&refused)?;
        (
            format!("a checkout from {name} that has to wait raises"),
            raised,
        )
    };
    let keyword = text.keyword;
    let from = match text.env {
        Some(env) if text.always => format!("`{keyword}` is the text of `{env}`"),
        Some(env) => format!("`{keyword}` is the text of `{env}` when that is set"),
        None => format!("`{keyword}` is text"),
    };
    let help =
        format!("Convert what `{keyword}` is given to a whole number, and give it a fallback.");
    let finding = say(project, pool, &text, format!("{fails} `{raised}`: {from}"))
        .severity(Severity::Error)
        .help(help);
    let direct = project.place(pool.site).contains(text.setting.place);
    let tested = project.pool_contexts(pool).contains(&ContextKind::Test);
    let edits = (direct && !tested).then(|| project.convert_setting(text.setting));
    Some(match edits.flatten() {
        Some(edits) => {
            let title = format!("Give `{keyword}` a whole number");
            finding.fix(Fix::new(title, Applicability::Safe, edits))
        }
        None => finding,
    })
}

/// Text in the place of a switch: any text is on, also one that says no.
fn switch(project: &Project<'_>, pool: &Pool, maker: &Maker, role: Role) -> Option<Finding> {
    let text = text(pool, maker, role)?;
    let means_off = |said: &str| OFF.contains(&said.trim().to_ascii_lowercase().as_str());
    let keyword = text.keyword;
    let fact = match (text.env, text.said) {
        (_, Some(said)) if means_off(said) => {
            format!("`{keyword}` is on: the text \"{said}\" counts as true")
        }
        (Some(env), Some(said)) if !said.is_empty() => {
            format!("`{keyword}` is on whatever `{env}` says: any text counts as true")
        }
        (Some(env), _) => {
            format!("`{keyword}` is on when `{env}` is \"false\": any text counts as true")
        }
        (None, _) => return None,
    };
    let help =
        format!("Compare the text with the words that mean yes, and give `{keyword}` the result.");
    Some(
        say(project, pool, &text, fact)
            .severity(Severity::Warning)
            .help(help),
    )
}

fn say(project: &Project<'_>, pool: &Pool, text: &Text<'_>, message: String) -> Finding {
    let certain = text.setting.conditions.is_empty();
    let mut finding = Finding::new(NAME, project.place(pool.site), message)
        .confidence(if certain {
            Confidence::High
        } else {
            Confidence::Medium
        })
        .symbol(pool.symbol.clone())
        .related(
            text.setting.place,
            format!("`{}` is set here", text.keyword),
        )
        .fold_key(format!("{}:{}", pool.maker, text.keyword));
    if let Some(place) = text.setting.val.place {
        finding = finding.related(place, "the text comes from here");
    }
    finding
}
