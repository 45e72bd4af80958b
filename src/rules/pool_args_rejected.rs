//! `pool-args-rejected`: keywords that the pool class an engine really gets does not take, so that construction raises.
//!
//! Looks at each creation site through the factory calls that lead to it, and at each class on its own. A class and a
//! keyword meet only where the one is given whenever the other is; what may be taken out again is left alone.

use crate::catalog::{ContextKind, Holds, Maker, PoolClass, Refused, Role};
use crate::edit::{Applicability, Fix};
use crate::finding::{Confidence, Finding, Severity};
use crate::project::Project;
use crate::project::pools::{ClassChoice, Pool, Setting};
use crate::project::values::{Condition, Value};

const NAME: &str = "pool-args-rejected";

/// The times that a pool is given.
const TIMES: &[Role] = &[
    Role::AcquireTimeout,
    Role::ConnectTimeout,
    Role::MaxIdle,
    Role::Recycle,
];

/// What nobody here maintains.
const SILENT: &[ContextKind] = &[ContextKind::Vendored, ContextKind::Generated];

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for pool in project.instances() {
        let finding = refused(project, pool);
        let contexts = project.pool_contexts(pool);
        if let Some(finding) = finding
            && contexts.iter().all(|context| !SILENT.contains(context))
        {
            match findings.iter_mut().find(|it| it.place == finding.place) {
                Some(known) if known.confidence >= finding.confidence => {}
                Some(known) => *known = finding,
                None => findings.push(finding),
            }
        }
    }
    findings
}

/// What construction refuses, if it refuses anything.
fn refused(project: &Project<'_>, pool: &Pool) -> Option<Finding> {
    let maker = project.catalog.maker(&pool.maker)?;
    if let Some(finding) = foreign(project, pool, maker) {
        return Some(finding);
    }
    if let Some(finding) = no_time(project, pool, maker).or_else(|| unaided(project, pool, maker)) {
        return Some(finding);
    }
    if let Some(instance) = given(pool, Role::Instance).next() {
        return beside_an_object(project, pool, maker, instance);
    }
    let explicit: Vec<&ClassChoice> = pool.classes.iter().filter(|it| it.explicit).collect();
    if explicit.is_empty() {
        return by_default(project, pool, maker);
    }
    explicit.iter().find_map(|choice| {
        // Two classes that may be given at once: the later one counts, and which that is cannot be told.
        let alone = explicit.iter().all(|other| {
            other.conditions == choice.conditions && other.path == choice.path
                || !project.compatible(&other.conditions, &choice.conditions)
        });
        let class = project.catalog.class(choice.path.as_deref()?)?;
        let setting = given(pool, Role::Class).find(|it| Some(it.place) == choice.place)?;
        let rejected = rejected(project, pool, maker, class, &choice.conditions, |other| {
            other.configured == setting.configured && certain(project, pool, &[setting, other])
        });
        if alone && rejected.is_empty() && choice.conditions.is_empty() {
            return injected(project, pool, maker, class, setting);
        }
        if !alone || rejected.is_empty() {
            return None;
        }
        let finding = say(
            project,
            pool,
            maker,
            &format!("`{}`", Pool::class_name(choice)),
            choice.conditions.is_empty(),
            &rejected,
        );
        Some(finding?.related(
            setting.place,
            format!("`{}` is set here", Pool::class_name(choice)),
        ))
    })
}

/// A time that is no time at all.
fn no_time(project: &Project<'_>, pool: &Pool, maker: &Maker) -> Option<Finding> {
    let raised = maker.raises.get(&Refused::TimeOutOfRange)?;
    TIMES.iter().find_map(|role| {
        let param = maker.parameters.get(role)?;
        let (least, _) = param.range?;
        let short = |setting: &&Setting| match setting.val.value {
            Value::Int(number) => number < least,
            Value::Float(number) => number <= 0.0,
            _ => false,
        };
        let setting = given(pool, *role).find(short)?;
        let keyword = setting.keyword.as_deref().or(param.keyword.as_deref())?;
        Some(
            plain(project, pool, setting, &raised.replace("{}", keyword))
                .help(format!("Give `{keyword}` some time, or leave it out.")),
        )
    })
}

/// A setting without the one that it needs.
fn unaided(project: &Project<'_>, pool: &Pool, maker: &Maker) -> Option<Finding> {
    let raised = maker.raises.get(&Refused::Needs)?;
    let is_set = |setting: &Setting| !matches!(setting.val.value, Value::None | Value::Unknown);
    TIMES.iter().find_map(|role| {
        let param = maker.parameters.get(role)?;
        let needed = param.needs?;
        let setting = given(pool, *role).find(|setting| is_set(setting))?;
        let absent = given(pool, needed)
            .next()
            .map_or(!pool.open, |other| matches!(other.val.value, Value::None));
        let other = maker.parameters.get(&needed)?.keyword.as_deref();
        let help = match other {
            Some(other) => format!("Give `{other}`, too."),
            None => "Give what it needs, too.".to_owned(),
        };
        absent.then(|| plain(project, pool, setting, raised).help(help))
    })
}

fn plain(project: &Project<'_>, pool: &Pool, setting: &Setting, raised: &str) -> Finding {
    let message = format!("`{}` raises `{raised}`", pool.maker_name());
    let sure = setting.conditions.is_empty();
    Finding::new(NAME, project.place(pool.site), message)
        .severity(Severity::Error)
        .confidence(if sure {
            Confidence::High
        } else {
            Confidence::Medium
        })
        .symbol(pool.symbol.clone())
        .related(setting.place, "set here")
        .fold_key(format!("{}:{raised}", pool.maker))
}

/// A keyword that belongs to other pools: no class takes it. Dialects take keywords of their own, so it has to be known
/// which one it is.
fn foreign(project: &Project<'_>, pool: &Pool, maker: &Maker) -> Option<Finding> {
    let known = |dialect: &Option<String>| dialect.is_some();
    let backends = &pool.database.backends;
    if backends.is_empty()
        || !backends.iter().all(|(backend, _)| known(&backend.dialect))
        || !project.is_one_maker(pool)
    {
        return None;
    }
    let found: Vec<(&str, &Setting)> = given(pool, Role::Foreign)
        .filter(|setting| certain(project, pool, &[setting]))
        .filter_map(|setting| Some((setting.keyword.as_deref()?, setting)))
        .collect();
    let (_, first) = found.first()?;
    let always = first.conditions.is_empty();
    say(
        project,
        pool,
        maker,
        "no pool of this library",
        always,
        &found,
    )
}

/// A keyword that the maker gives itself and the class does not take.
fn injected(
    project: &Project<'_>,
    pool: &Pool,
    maker: &Maker,
    class: &PoolClass,
    setting: &Setting,
) -> Option<Finding> {
    let found = maker.injects.iter().find_map(|row| {
        let keyword = maker.parameters.get(&row.role)?.keyword.as_deref()?;
        let (versions, stated) = project.versions(pool.site.file, &row.of);
        let backends = &pool.database.backends;
        let spoken = |dialect: &Option<String>| {
            let name = dialect.as_ref();
            name.is_some_and(|name| row.dialects.contains(name))
        };
        (stated
            && versions.within(&row.versions) == Holds::Yes
            && !pool.settings.contains_key(&row.role)
            && class.rejects.iter().any(|it| it == keyword)
            && !backends.is_empty()
            && backends.iter().all(|(backend, _)| spoken(&backend.dialect)))
        .then_some((keyword, row))
    });
    let (keyword, row) = found?;
    let by = format!("`{}`", class.class.rsplit('.').next()?);
    let raised = maker.raises.get(&Refused::Keyword)?;
    let raised = raised.replace("{}", &format!("'{keyword}'"));
    let finding = Finding::new(
        NAME,
        project.place(pool.site),
        format!(
            "`{}` raises `{raised}`: {by} takes no `{keyword}`, which {} gives for this database",
            pool.maker_name(),
            row.of
        ),
    );
    Some(
        finding
            .severity(Severity::Error)
            .symbol(pool.symbol.clone())
            .help(format!("Leave the class out, or upgrade {}.", row.of))
            .fold_key(format!("{by}:{keyword}"))
            .related(setting.place, format!("{by} is set here")),
    )
}

/// A class that the library chooses by the database: every class that it may choose refuses the keyword.
fn by_default(project: &Project<'_>, pool: &Pool, maker: &Maker) -> Option<Finding> {
    if pool.open || !project.is_one_maker(pool) {
        return None;
    }
    let numbers = maker.parameters.keys();
    let all: Vec<&Setting> = numbers.flat_map(|role| given(pool, *role)).collect();
    all.iter().find_map(|setting| {
        let world = [pool.conditions.as_slice(), &setting.conditions].concat();
        let choices = project.default_classes(pool, &world);
        let refusing: Vec<Vec<&PoolClass>> = choices.iter().map(|it| of(project, it)).collect();
        let refuses = |class: &&PoolClass| {
            !rejected(project, pool, maker, class, &setting.conditions, |it| {
                it.place == setting.place
            })
            .is_empty()
        };
        if choices.is_empty() || !refusing.iter().all(|them| them.iter().any(refuses)) {
            return None;
        }
        let always = refusing.iter().all(|them| them.iter().all(refuses));
        let class = refusing.first()?.iter().find(|class| refuses(class))?;
        let name = class.class.rsplit('.').next()?;
        let settings = rejected(project, pool, maker, class, &setting.conditions, |other| {
            other.configured == setting.configured
        });
        let mut confidence = choices.iter().map(|choice| choice.confidence).min()?;
        if pool.settings.contains_key(&Role::Creator) {
            confidence = confidence.min(Confidence::Medium);
        }
        let mut finding = say(project, pool, maker, &format!("`{name}`"), pool.conditions.is_empty(), &settings)?.note(format!(
            "no class is named, so the database decides: {} gets `{name}`",
            pool.database.shown
        ));
        if let Some(place) = pool.database.place {
            finding = finding.related(place, "the database is named here");
        }
        if project.chosen_by_version(&pool.library, &class.class) {
            finding = finding.note(project.version_note(pool.site.file, &pool.library));
        }
        if !always {
            let (versions, stated) = project.versions(pool.site.file, &pool.library);
            confidence = match (stated, &versions.lower) {
                (true, Some(_)) => confidence.min(Confidence::Medium),
                _ => Confidence::Low,
            };
            finding = finding.severity(Severity::Info).note(format!(
                "only with some of the versions of {} that the project allows; the others choose a class that takes it",
                pool.library
            ));
        }
        finding.fixes.retain(|_| always && confidence == Confidence::High);
        Some(finding.confidence(confidence))
    })
}

/// The classes that a choice may be.
fn of<'p>(project: &'p Project<'_>, choice: &ClassChoice) -> Vec<&'p PoolClass> {
    let paths = choice.path.iter().chain(&choice.by_version);
    paths
        .filter_map(|path| project.catalog.class(path))
        .collect()
}

/// A pool object beside settings of the pool that would have been made without it.
fn beside_an_object(
    project: &Project<'_>,
    pool: &Pool,
    maker: &Maker,
    instance: &Setting,
) -> Option<Finding> {
    let excluded = &maker.parameters.get(&Role::Instance)?.excludes;
    let made = matches!(instance.val.value, Value::Object(_));
    let beside: Vec<(&str, &Setting)> = excluded
        .iter()
        .filter_map(|role| {
            let keyword = maker.parameters.get(role)?.keyword.as_deref()?;
            let given = given(pool, *role).find(|it| certain(project, pool, &[instance, it]))?;
            nested(&given.conditions, &instance.conditions).then_some((keyword, given))
        })
        .collect();
    if !made || beside.is_empty() || given(pool, Role::Instance).count() != 1 {
        return None;
    }
    let finding = say(
        project,
        pool,
        maker,
        "a pool that exists",
        instance.conditions.is_empty(),
        &beside,
    )?;
    Some(finding.related(instance.place, "the pool is given here"))
}

fn given(pool: &Pool, role: Role) -> impl Iterator<Item = &Setting> {
    pool.settings.get(&role).into_iter().flatten()
}

/// Whether what is given is still there when the call runs: it stands in the call, or in a dictionary that is known whole.
fn certain(project: &Project<'_>, pool: &Pool, settings: &[&Setting]) -> bool {
    let call = project.place(pool.site);
    !pool.open || settings.iter().all(|setting| call.contains(setting.place))
}

/// Whether one of two things is given whenever the other is.
fn nested(left: &[Condition], right: &[Condition]) -> bool {
    left.iter().all(|each| right.contains(each)) || right.iter().all(|each| left.contains(each))
}

/// The keywords that a class does not take, in the order in which they are written.
fn rejected<'p>(
    project: &Project<'_>,
    pool: &'p Pool,
    maker: &'p Maker,
    class: &PoolClass,
    held: &[Condition],
    counts: impl Fn(&Setting) -> bool,
) -> Vec<(&'p str, &'p Setting)> {
    let mut found: Vec<(&str, &Setting)> = maker
        .parameters
        .iter()
        .filter_map(|(role, param)| Some((role, param.keyword.as_deref()?)))
        .filter(|(_, keyword)| class.rejects.iter().any(|it| it == keyword))
        .filter_map(|(role, keyword)| {
            let world = [pool.conditions.as_slice(), held].concat();
            given(pool, *role)
                .find(|it| {
                    counts(it)
                        && nested(&it.conditions, &world)
                        && project.compatible(&it.conditions, held)
                })
                .map(|setting| (keyword, setting))
        })
        .collect();
    found.sort_by_key(|(_, setting)| setting.place);
    found
}

fn say(
    project: &Project<'_>,
    pool: &Pool,
    maker: &Maker,
    by: &str,
    always: bool,
    rejected: &[(&str, &Setting)],
) -> Option<Finding> {
    let names: Vec<&str> = rejected.iter().map(|(name, _)| *name).collect();
    let quoted = names.iter().map(|name| format!("'{name}'"));
    let raised = maker.raises.get(&Refused::Keyword)?;
    let raised = raised.replace("{}", &quoted.collect::<Vec<_>>().join(","));
    let named = names.join("`, `");
    let mut finding = Finding::new(
        NAME,
        project.place(pool.site),
        format!(
            "`{}` raises `{raised}`: {by} takes no `{named}`",
            pool.maker_name()
        ),
    )
    .severity(Severity::Error)
    .symbol(pool.symbol.clone())
    .help(format!(
        "Leave out `{named}`, or give the engine a pool that has a size."
    ))
    .fold_key(format!("{by}:{named}"));
    for (name, setting) in rejected {
        finding = finding.related(setting.place, format!("`{name}` is set here"));
    }
    let places: Vec<_> = rejected.iter().map(|(_, setting)| setting.place).collect();
    let call = project.place(pool.site);
    let tested = project.pool_contexts(pool).contains(&ContextKind::Test);
    // A dictionary or a factory may serve other engines, which take what this one refuses.
    let only_here =
        always && pool.frames.is_none() && places.iter().all(|place| call.contains(*place));
    if only_here
        && !tested
        && let Some(edits) = project.drop_settings(&places)
    {
        let title = format!("Leave out `{named}`");
        finding = finding.fix(Fix::new(title, Applicability::Safe, edits));
    }
    Some(finding)
}
