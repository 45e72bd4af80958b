//! Keeping: what the URL of a database says of its pool, and whether the numbers of a pool let it keep a connection.
//!
//! Takes a pool and its maker; gives the settings that make it close whatever comes back.

use super::Project;
use super::pools::{ClassChoice, Pool, Setting};
use super::values::{Val, Value};
use crate::catalog::{Behaviour, ByVersion, Maker, Role, Scalar};
use crate::finding::Confidence;
use crate::source::Place;
use std::collections::BTreeMap;

/// The numbers with which a pool closes every connection that comes back.
pub struct Discards {
    /// What it comes to: a class that keeps nothing, though it has no name.
    pub choice: ClassChoice,
    /// The numbers, as they are set.
    pub words: String,
    /// Where they are written.
    pub places: Vec<Place>,
}

impl Project<'_> {
    /// Whether the numbers of a pool have it close every connection that comes back.
    pub fn discards(&self, pool: &Pool) -> Option<Discards> {
        let maker = self.catalog.maker(&pool.maker)?;
        let groups = maker.keeps_nothing.iter();
        groups
            .filter_map(|group| self.discarding(pool, maker, group))
            .next()
    }

    fn discarding(
        &self,
        pool: &Pool,
        maker: &Maker,
        group: &BTreeMap<Role, i64>,
    ) -> Option<Discards> {
        let mut conditions = Vec::new();
        let mut places = Vec::new();
        let mut words = Vec::new();
        let mut confidence = Confidence::High;
        for (role, wanted) in group {
            let param = maker.parameters.get(role)?;
            let keyword = param.keyword.as_deref()?;
            let name = keyword.rsplit('.').next().unwrap_or(keyword);
            words.push(format!("`{name}` {wanted}"));
            if !pool.settings.contains_key(role) {
                let default = ByVersion::Always(Scalar::Int(*wanted));
                if pool.open || param.default.as_ref() != Some(&default) {
                    return None;
                }
                continue;
            }
            let numbers = self.numbers(pool, *role);
            let [number] = numbers.as_slice() else {
                return None;
            };
            if number.winning() != Some(*wanted) {
                return None;
            }
            if number.literal.is_none() {
                confidence = Confidence::Medium;
            }
            conditions.extend_from_slice(&number.conditions);
            places.push(number.place);
        }
        // Somebody has to have asked for it.
        let place = *places.first()?;
        Some(Discards {
            choice: ClassChoice {
                path: None,
                by_version: Vec::new(),
                behaviour: Some(Behaviour::Null),
                explicit: true,
                place: Some(place),
                conditions,
                confidence,
            },
            words: words.join(" and "),
            places,
        })
    }
}

/// Adds what the URL of the database sets beside it.
pub(super) fn in_query(maker: &Maker, settings: &mut BTreeMap<Role, Vec<Setting>>) {
    let [url] = settings.get(&Role::Database).map_or(&[][..], Vec::as_slice) else {
        return;
    };
    let Value::Str(text) = &url.val.value else {
        return;
    };
    let Some((_, query)) = text.split_once('?') else {
        return;
    };
    let pairs: BTreeMap<&str, &str> = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .collect();
    let mut found = Vec::new();
    for (role, param) in &maker.parameters {
        let given = param.query.as_deref().and_then(|name| pairs.get(name));
        let number = given.and_then(|given| given.parse().ok());
        if let Some(number) = number.filter(|_| !settings.contains_key(role)) {
            let mut val = Val::new(Value::Int(number));
            val.place = url.val.place;
            found.push((
                *role,
                Setting {
                    val,
                    keyword: None,
                    ..url.clone()
                },
            ));
        }
    }
    for (role, setting) in found {
        settings.insert(role, vec![setting]);
    }
}
