//! How alike two names of a company are: "Café Noir Ltd." and "cafe noir" are the same to a person.

use serde::Serialize;
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// Below that, two names have nothing to do with each other.
const LEAST: u32 = 56;

/// Words that say what form a company has, not which it is.
const FORMS: &[&str] = &[
    "gmbh",
    "mbh",
    "ag",
    "kg",
    "kgaa",
    "ohg",
    "ug",
    "ev",
    "eg",
    "gbr",
    "co",
    "cie",
    "inc",
    "incorporated",
    "llc",
    "llp",
    "lp",
    "ltd",
    "limited",
    "plc",
    "corp",
    "corporation",
    "company",
    "sa",
    "sas",
    "sarl",
    "sasu",
    "eurl",
    "bv",
    "nv",
    "pty",
    "oy",
    "ab",
    "as",
    "aps",
    "srl",
    "spa",
    "sl",
    "and",
    "und",
    "et",
    "the",
];

/// In which way two names are alike, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Likeness {
    /// The same but for upper and lower case.
    Exact,
    /// The same but for accents, punctuation and the legal form.
    SameName,
    /// The same words in another order.
    SameWords,
    /// One has all the words of the other, and more.
    Contains,
    /// Spelt alike.
    Similar,
}

/// A name, made ready to be compared with many.
#[derive(Clone, Debug)]
pub(super) struct Name {
    lower: String,
    words: Vec<String>,
    sorted: BTreeSet<String>,
    pairs: Vec<[char; 2]>,
}

impl Name {
    pub(super) fn new(name: &str) -> Self {
        let lower = name.trim().to_lowercase();
        let folded = fold(&lower);
        let all: Vec<String> = folded
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect();
        let core: Vec<String> = all.iter().filter(|word| !FORMS.contains(&word.as_str())).cloned().collect();
        // A name that is nothing but legal forms ("Limited Company") keeps them.
        let words = if core.is_empty() { all } else { core };
        let compact: Vec<char> = words.concat().chars().collect();
        let mut pairs: Vec<[char; 2]> = compact.windows(2).map(|pair| [pair[0], pair[1]]).collect();
        pairs.sort_unstable();
        Self { lower, sorted: words.iter().cloned().collect(), words, pairs }
    }

    /// How this name is like another, with a score up to 100; none where they are not.
    pub(super) fn compare(&self, other: &Self) -> Option<(Likeness, u32)> {
        if self.words.is_empty() || other.words.is_empty() {
            return None;
        }
        if self.lower == other.lower {
            return Some((Likeness::Exact, 100));
        }
        if self.words.concat() == other.words.concat() {
            return Some((Likeness::SameName, 95));
        }
        if self.sorted == other.sorted {
            return Some((Likeness::SameWords, 90));
        }
        let (fewer, more) = if self.sorted.len() <= other.sorted.len() {
            (&self.sorted, &other.sorted)
        } else {
            (&other.sorted, &self.sorted)
        };
        if fewer.is_subset(more) && fewer.iter().any(|word| word.chars().count() >= 4) {
            return Some((Likeness::Contains, 80));
        }
        let score = dice(&self.pairs, &other.pairs) * 79 / 100;
        (score >= LEAST).then_some((Likeness::Similar, score))
    }
}

/// Twice the shared pairs of letters, per hundred of all (Sørensen–Dice). Both are sorted.
fn dice(a: &[[char; 2]], b: &[[char; 2]]) -> u32 {
    let (mut i, mut j, mut shared) = (0, 0, 0_usize);
    while let (Some(left), Some(right)) = (a.get(i), b.get(j)) {
        match left.cmp(right) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                shared += 1;
                i += 1;
                j += 1;
            }
        }
    }
    let all = (a.len() + b.len()).max(1);
    u32::try_from(200 * shared / all).unwrap_or(0)
}

/// Lower-case letters without accents, as they are written where the accent is not to be had.
fn fold(lower: &str) -> String {
    let mut folded = String::with_capacity(lower.len());
    for letter in lower.chars() {
        match letter {
            'ä' | 'æ' => folded.push_str("ae"),
            'ö' | 'ø' | 'œ' => folded.push_str("oe"),
            'ü' => folded.push_str("ue"),
            'ß' => folded.push_str("ss"),
            'à' | 'á' | 'â' | 'ã' | 'å' | 'ą' => folded.push('a'),
            'ç' | 'ć' | 'č' => folded.push('c'),
            'è' | 'é' | 'ê' | 'ë' | 'ę' => folded.push('e'),
            'ì' | 'í' | 'î' | 'ï' => folded.push('i'),
            'ł' => folded.push('l'),
            'ñ' | 'ń' => folded.push('n'),
            'ò' | 'ó' | 'ô' | 'õ' => folded.push('o'),
            'ś' | 'š' => folded.push('s'),
            'ù' | 'ú' | 'û' => folded.push('u'),
            'ý' | 'ÿ' => folded.push('y'),
            'ź' | 'ż' | 'ž' => folded.push('z'),
            // An apostrophe or a dot within a word joins it: O'Neil, G.m.b.H.
            '\'' | '’' | '.' => {}
            other => folded.push(other),
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare(a: &str, b: &str) -> Option<(Likeness, u32)> {
        let (a, b) = (Name::new(a), Name::new(b));
        let there = a.compare(&b);
        assert_eq!(there, b.compare(&a), "it does not matter which is compared with which");
        there
    }

    #[test]
    fn names_that_a_person_takes_for_the_same_are_told_by_how_they_are_alike() {
        use Likeness as L;
        let cases = [
            ("Contoso", " contoso ", L::Exact),
            ("Müller GmbH & Co. KG", "Mueller", L::SameName),
            ("O’Neil Ltd.", "ONeil Limited", L::SameName),
            ("Café Noir S.A.R.L.", "Cafe Noir", L::SameName),
            ("Contoso G.m.b.H.", "Contoso Inc", L::SameName),
            ("Blue Yonder", "blueyonder", L::SameName),
            ("Smith, John", "John Smith", L::SameWords),
            ("Fabrikam", "Fabrikam Berlin", L::Contains),
            ("Northwind Traders", "Northwnd Traders", L::Similar),
        ];
        for (a, b, likeness) in cases {
            assert_eq!(compare(a, b).map(|(likeness, _)| likeness), Some(likeness), "{a} / {b}");
        }
    }

    #[test]
    fn names_of_different_companies_are_not_alike() {
        for (a, b) in
            [("Contoso", "Fabrikam"), ("A GmbH", "B GmbH"), ("AB", "ABC Holding"), ("", "x"), ("&", "&")]
        {
            assert_eq!(compare(a, b), None, "{a} / {b}");
        }
    }

    #[test]
    fn a_better_likeness_scores_higher() {
        let scores: Vec<u32> = [
            ("Contoso", "Contoso"),
            ("Contoso", "Contoso AG"),
            ("Contoso East", "East Contoso"),
            ("Contoso", "Contoso East"),
            ("Contoso East", "Contosso East"),
        ]
        .iter()
        .map(|(a, b)| compare(a, b).unwrap().1)
        .collect();
        assert!(scores.is_sorted_by(|a, b| a > b), "{scores:?}");
    }
}
