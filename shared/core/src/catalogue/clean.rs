//! Words from outside, made fit for a ticket. Control characters break a PSA's forms and searches, and directional
//! overrides let a text show what it does not say.

/// One line: every run of white space is one space, and nothing is invisible.
pub(super) fn one_line(text: &str) -> String {
    let visible: String = text.chars().filter(|c| c.is_whitespace() || !is_unwanted(*c)).collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Running text: lines are kept and end in a line feed alone, tabs become spaces.
pub(super) fn lines(text: &str) -> String {
    text.replace("\r\n", "\n")
        .chars()
        .filter_map(|c| match c {
            '\n' | '\r' | '\u{2028}' | '\u{2029}' => Some('\n'),
            '\t' => Some(' '),
            c if is_unwanted(c) => None,
            c => Some(c),
        })
        .collect::<String>()
        .trim()
        .to_owned()
}

/// At most so many UTF-16 units of a text, with a mark where some are left out.
pub(super) fn cut(text: &str, longest: usize) -> String {
    if text.encode_utf16().count() <= longest {
        return text.to_owned();
    }
    let mut left = longest.saturating_sub(1);
    let fits = |c: &char| left.checked_sub(c.len_utf16()).inspect(|rest| left = *rest).is_some();
    text.chars().take_while(fits).chain(['…']).collect()
}

/// Control characters, and marks that override the direction of writing.
fn is_unwanted(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_stays_one_line() {
        for (given, expected) in [
            ("  Backup\r\nfailed\tagain ", "Backup failed again"),
            ("bell\u{7}, escape\u{1b}[31m, nul\0, delete\u{7f}", "bell, escape[31m, nul, delete"),
            ("next\u{85}line\u{2028}separator", "next line separator"),
            ("invoice\u{202E}fdp.exe\u{2066}", "invoicefdp.exe"),
            ("Zoë Müller 👩‍💻 日本", "Zoë Müller 👩‍💻 日本"),
            ("\u{0}\n\t", ""),
        ] {
            assert_eq!(one_line(given), expected);
        }
    }

    #[test]
    fn a_cut_text_says_so_and_keeps_whole_characters() {
        assert_eq!(cut("Größe", 5), "Größe");
        assert_eq!(cut("Größen", 5), "Größ…");
        assert_eq!(cut("😱😱😱", 6), "😱😱😱");
        assert_eq!(cut("😱😱😱", 4), "😱…");
    }

    #[test]
    fn running_text_keeps_its_lines() {
        for (given, expected) in [
            ("first\r\nsecond\rthird\n\nfourth\n", "first\nsecond\nthird\n\nfourth"),
            ("a\tb\u{0}\u{1b}c", "a bc"),
            ("up\u{2028}down", "up\ndown"),
            (" \n ", ""),
        ] {
            assert_eq!(lines(given), expected);
        }
    }
}
