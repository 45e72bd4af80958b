//! Versions and facts that depend on them.
//!
//! Takes `"2.0.38"`, `">=2.0,<2.1"`; gives ordered versions, intervals and the answer Yes, No or Depends.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// A release number; missing parts count as zero when comparing.
#[derive(Clone, Debug, Default)]
pub struct Version(Vec<u64>);

impl Version {
    fn part(&self, index: usize) -> u64 {
        self.0.get(index).copied().unwrap_or(0)
    }

    /// The first number.
    pub fn major(&self) -> u64 {
        self.part(0)
    }
}

impl FromStr for Version {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Vec<u64> = text
            .trim()
            .split('.')
            .map_while(|part| {
                let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
                digits.parse().ok()
            })
            .collect();
        if parts.is_empty() {
            Err(format!("`{text}` is not a version"))
        } else {
            Ok(Self(parts))
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.0.iter().map(u64::to_string).collect();
        out.write_str(&parts.join("."))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Version {}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let length = self.0.len().max(other.0.len());
        (0..length)
            .map(|index| self.part(index).cmp(&other.part(index)))
            .find(|order| order.is_ne())
            .unwrap_or(std::cmp::Ordering::Equal)
    }
}

/// Versions from `lower` (included) to `upper` (excluded); `None` is no bound.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Interval {
    /// The first version.
    pub lower: Option<Version>,
    /// The first version that is not in it.
    pub upper: Option<Version>,
}

/// Whether a fact that depends on a version holds for an interval of versions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Holds {
    /// For all of them.
    Yes,
    /// For none.
    No,
    /// For some.
    Depends,
}

impl TryFrom<String> for Interval {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

impl Interval {
    /// Parses `>=1.4,<2.0`; the operators are `>=` and `<`.
    fn parse(text: &str) -> Result<Self, String> {
        let mut interval = Self::default();
        for clause in text.split(',') {
            let clause = clause.trim();
            if let Some(version) = clause.strip_prefix(">=") {
                interval.lower = Some(version.parse()?);
            } else if let Some(version) = clause.strip_prefix('<') {
                interval.upper = Some(version.parse()?);
            } else {
                return Err(format!("`{clause}` is neither `>=VERSION` nor `<VERSION`"));
            }
        }
        Ok(interval)
    }

    /// The interval that holds one version only.
    pub fn exactly(version: &Version) -> Self {
        let mut next = version.0.clone();
        while next.len() < 4 {
            next.push(0);
        }
        if let Some(last) = next.last_mut() {
            *last += 1;
        }
        Self {
            lower: Some(version.clone()),
            upper: Some(Version(next)),
        }
    }

    /// The versions that lie in both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let upper = match (&self.upper, &other.upper) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.as_ref().or(b.as_ref()),
        };
        Self {
            lower: self.lower.as_ref().max(other.lower.as_ref()).cloned(),
            upper: upper.cloned(),
        }
    }

    /// The versions from the first of both to the last of both.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        let lowest = self.lower.as_ref().zip(other.lower.as_ref());
        let highest = self.upper.as_ref().zip(other.upper.as_ref());
        Self {
            lower: lowest.map(|(a, b)| a.min(b).clone()),
            upper: highest.map(|(a, b)| a.max(b).clone()),
        }
    }

    /// Whether no version lies in it.
    pub fn is_empty(&self) -> bool {
        matches!((&self.lower, &self.upper), (Some(lower), Some(upper)) if upper <= lower)
    }

    /// Whether all, none or some versions of `self` lie in `other`.
    pub fn within(&self, other: &Self) -> Holds {
        let below = |a: &Option<Version>, b: &Option<Version>| match (a, b) {
            (Some(a), Some(b)) => a <= b,
            _ => false,
        };
        if below(&self.upper, &other.lower) || below(&other.upper, &self.lower) {
            return Holds::No;
        }
        let starts_inside = match (&other.lower, &self.lower) {
            (None, _) => true,
            (Some(bound), Some(start)) => bound <= start,
            (Some(_), None) => false,
        };
        let ends_inside = match (&other.upper, &self.upper) {
            (None, _) => true,
            (Some(bound), Some(end)) => end <= bound,
            (Some(_), None) => false,
        };
        if starts_inside && ends_inside {
            Holds::Yes
        } else {
            Holds::Depends
        }
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.lower, &self.upper) {
            (Some(lower), _) if *self == Self::exactly(lower) => write!(out, "{lower}"),
            (Some(lower), Some(upper)) => write!(out, ">={lower},<{upper}"),
            (Some(lower), None) => write!(out, ">={lower}"),
            (None, Some(upper)) => write!(out, "<{upper}"),
            (None, None) => write!(out, "of any version"),
        }
    }
}

/// A fact, or one that differs by version: `5` or `{"<2.0": NullPool, ">=2.0": QueuePool}`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum ByVersion<T> {
    /// Differs.
    Ranges(Ranges<T>),
    /// The same for all.
    Always(T),
}

/// Facts by interval.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "BTreeMap<String, T>")]
pub struct Ranges<T>(Vec<(Interval, T)>);

impl<T> TryFrom<BTreeMap<String, T>> for Ranges<T> {
    type Error = String;

    fn try_from(map: BTreeMap<String, T>) -> Result<Self, String> {
        let ranges: Result<Vec<_>, String> = map
            .into_iter()
            .map(|(range, fact)| Interval::parse(&range).map(|interval| (interval, fact)))
            .collect();
        ranges.map(Self)
    }
}

impl<T> Ranges<T> {
    /// The intervals with their facts.
    pub fn into_rows(self) -> Vec<(Interval, T)> {
        self.0
    }
}

impl<T> ByVersion<T> {
    /// The facts that hold for some version of `interval`; one when the fact is certain.
    pub fn facts(&self, interval: &Interval) -> Vec<&T> {
        match self {
            Self::Always(fact) => vec![fact],
            Self::Ranges(Ranges(ranges)) => ranges
                .iter()
                .filter(|(range, _)| interval.within(range) != Holds::No)
                .map(|(_, fact)| fact)
                .collect(),
        }
    }

    /// The fact, when it is the same for every version of `interval`.
    pub fn fact(&self, interval: &Interval) -> Option<&T> {
        match self.facts(interval).as_slice() {
            [fact] => Some(fact),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(text: &str) -> Interval {
        Interval::parse(text).expect("an interval")
    }

    #[test]
    fn versions_compare_by_number() {
        let parse = |text: &str| text.parse::<Version>().expect("a version");
        assert!(parse("2.0.9") < parse("2.0.38"));
        assert!(parse("2.0") == parse("2.0.0"));
        assert!(parse("2.1.0b1") > parse("2.0.58"));
    }

    #[test]
    fn a_fact_holds_depends_or_not() {
        assert_eq!(
            interval(">=2.0,<2.1").within(&interval(">=2.0")),
            Holds::Yes
        );
        assert_eq!(interval(">=1.4").within(&interval(">=2.0")), Holds::Depends);
        assert_eq!(interval("<2.0").within(&interval(">=2.0")), Holds::No);
        assert_eq!(
            Interval::exactly(&"1.4.54".parse().expect("a version")).within(&interval("<2.0")),
            Holds::Yes
        );
    }

    #[test]
    fn facts_by_version_read_from_yaml() {
        let fact: ByVersion<String> =
            serde_yaml::from_str(r#"{"<2.0": none, ">=2.0": queue}"#).expect("yaml");
        assert_eq!(
            fact.fact(&interval("<2.0")).map(String::as_str),
            Some("none")
        );
        assert_eq!(fact.fact(&Interval::default()), None);
        let fact: ByVersion<i64> = serde_yaml::from_str("5").expect("yaml");
        assert_eq!(fact.fact(&Interval::default()), Some(&5));
    }
}
