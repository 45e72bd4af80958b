//! Dictionaries of keywords: filled, merged and read, entry by entry and under conditions.
//!
//! Takes a dictionary value and a change; changes it. Invariant: an entry stands under the conditions of the change that
//! made it, and a dictionary that may hold unknown entries is open.

use crate::project::values::{Condition, Dict, Entry, Val, Value};
use crate::source::Place;

/// The key under which the settings of a database hold the URL that they are made from; no program writes it.
pub(in crate::project) const URL: &str = "://";

/// `dict[key] = val` under `conditions`.
pub(super) fn set(dict: &mut Dict, key: &Val, val: Val, conditions: Vec<Condition>, place: Place) {
    let Some(key) = key.as_str() else {
        dict.open = true;
        return;
    };
    if conditions.is_empty() {
        dict.entries.retain(|entry| &*entry.key != key);
    } else {
        hide(dict, key, &conditions);
    }
    dict.entries.push(Entry {
        key: key.into(),
        val,
        conditions,
        place,
    });
}

/// Changes what lies under `key`; of a key that is not known, what it may be in any entry.
pub(super) fn inside(dict: &mut Dict, key: &Val, change: &dyn Fn(&mut Val)) {
    let Some(key) = key.as_str() else {
        for entry in &mut dict.entries {
            if let Value::Dict(inner) = &entry.val.value {
                let mut inner = Dict::clone(inner);
                inner.open = true;
                entry.val.value = Value::Dict(inner.into());
            }
        }
        return;
    };
    for entry in dict.entries.iter_mut().filter(|entry| &*entry.key == key) {
        change(&mut entry.val);
    }
}

/// What stood under `key` is gone where `conditions` hold.
fn hide(dict: &mut Dict, key: &str, conditions: &[Condition]) {
    dict.entries.retain(|entry| {
        &*entry.key != key
            || !conditions
                .iter()
                .all(|each| entry.conditions.contains(each))
    });
    if let [only] = conditions
        && let Some(atom) = only.atom.negated()
    {
        let otherwise = Condition {
            file: only.file,
            atom,
        };
        for entry in dict.entries.iter_mut().filter(|entry| &*entry.key == key) {
            if !entry.conditions.contains(&otherwise) {
                entry.conditions.push(otherwise);
            }
        }
    }
}

/// `dict.setdefault(key, val)` under `conditions`.
pub(super) fn fill(dict: &mut Dict, key: &Val, val: Val, conditions: Vec<Condition>, place: Place) {
    let Some(name) = key.as_str() else {
        dict.open = true;
        return;
    };
    if dict
        .entries
        .iter()
        .any(|entry| &*entry.key == name && entry.conditions.is_empty())
    {
        return;
    }
    dict.entries.insert(
        0,
        Entry {
            key: name.into(),
            val,
            conditions,
            place,
        },
    );
}

/// `del dict[key]` under `conditions`.
pub(super) fn remove(dict: &mut Dict, key: &Val, conditions: &[Condition]) {
    match key.as_str() {
        Some(key) if conditions.is_empty() => dict.entries.retain(|entry| &*entry.key != key),
        Some(key) => {
            hide(dict, key, conditions);
            // "Not both of them" and "none of the arms" cannot be said of an entry.
            dict.open |=
                conditions.len() > 1 || conditions.iter().any(|each| each.atom.negated().is_none());
        }
        None => dict.open = true,
    }
}

/// `dict.update(other)` under `conditions`.
pub(super) fn merge(dict: &mut Dict, other: &Val, conditions: &[Condition]) {
    match &other.value {
        Value::Dict(other) => {
            for entry in &other.entries {
                let mut all = conditions.to_vec();
                all.extend(entry.conditions.iter().copied());
                let key = Val::new(Value::Str(entry.key.clone()));
                set(dict, &key, entry.val.clone(), all, entry.place);
            }
            dict.open |= other.open;
        }
        Value::Choice(choices) => {
            for (choice, inner) in choices.iter() {
                let mut all = conditions.to_vec();
                all.extend(inner.iter().copied());
                merge(dict, choice, &all);
            }
        }
        Value::None => {}
        _ => dict.open = true,
    }
}

/// The value under `key`: a choice when there are several; nothing when it is not there or not known to be.
pub(super) fn get(dict: &Dict, key: &str) -> Option<Val> {
    let found: Vec<_> = dict
        .entries
        .iter()
        .filter(|entry| &*entry.key == key)
        .map(|entry| (entry.val.clone(), entry.conditions.clone()))
        .collect();
    (!found.is_empty()).then(|| Val::choice(found))
}
