//! The mails to a partner's emergency contact: what broke, since when, how much waits, and what to do. Plain text; names no
//! person, and nothing of any event.

use super::{Language, clean, texts};
use crate::notice::{Cause, News};
use jiff::Timestamp;

/// Longest name of a tenant in a mail, in characters.
const LONGEST_NAME: usize = 80;

/// What there is to say.
#[derive(Clone, Copy, Debug)]
pub struct MailInput<'a> {
    /// What happened.
    pub news: &'a News,
    /// When.
    pub at: Timestamp,
    /// What the PSA's makers call it.
    pub psa: &'a str,
    /// What a person calls the tenant.
    pub tenant: &'a str,
    /// How many deliveries wait.
    pub waiting: u64,
    /// Where to mend it.
    pub portal: Option<&'a str>,
    /// The notice's id, for whoever answers questions.
    pub notice: &'a str,
}

/// Subject and text; none for news that no mail tells.
pub fn mail(input: &MailInput<'_>, language: Language) -> Option<(String, String)> {
    let page = Page::new(input, language);
    Some(match input.news {
        News::Stopped { cause, since } => page.stopped(*cause, *since),
        News::Recovered { cause, since } => page.recovered(*cause, *since),
        News::Revoked => page.revoked(),
        News::DeliveryEnded { .. } => return None,
    })
}

struct Page<'a> {
    input: &'a MailInput<'a>,
    language: Language,
    tenant: String,
}

impl<'a> Page<'a> {
    fn new(input: &'a MailInput<'a>, language: Language) -> Self {
        let tenant = clean::one_line(input.tenant).chars().take(LONGEST_NAME).collect();
        Self { input, language, tenant }
    }

    fn stopped(&self, cause: Cause, since: Timestamp) -> (String, String) {
        let kind = if cause.holds() { "stopped" } else { "amiss" };
        let subject = self.say(&format!("mail-subject-{kind}"));
        let paragraphs = [
            self.say(&format!("mail-cause-{}", cause.code())),
            self.facts([("mail-since", time(since))], true),
            self.say(&format!("mail-fix-{}", cause.code())),
            self.say(if cause.holds() { "mail-nothing-lost" } else { "mail-may-be-refused" }),
        ];
        (subject, self.letter(paragraphs))
    }

    fn recovered(&self, cause: Cause, since: Timestamp) -> (String, String) {
        let paragraphs = [
            self.say("mail-recovered"),
            self.say(&format!("mail-was-{}", cause.code())),
            self.facts([("mail-since", time(since)), ("mail-until", time(self.input.at))], true),
            self.say("mail-nothing-to-do"),
        ];
        (self.say("mail-subject-recovered"), self.letter(paragraphs))
    }

    fn revoked(&self) -> (String, String) {
        let paragraphs = [
            self.say("mail-revoked"),
            self.facts([("mail-at", time(self.input.at))], false),
            self.say("mail-revoked-fix"),
        ];
        (self.say("mail-subject-revoked"), self.letter(paragraphs))
    }

    /// One fact a line.
    fn facts<const N: usize>(&self, facts: [(&str, String); N], with_waiting: bool) -> String {
        let mut lines: Vec<String> = facts
            .into_iter()
            .map(|(key, value)| texts::message(self.language, key, &[("time", &value)]))
            .collect();
        if with_waiting {
            let count = self.input.waiting.to_string();
            lines.push(texts::message(self.language, "mail-waiting", &[("count", &count)]));
        }
        lines.join("\n")
    }

    fn letter(&self, paragraphs: impl IntoIterator<Item = String>) -> String {
        let mut all = vec![self.say("mail-greeting")];
        all.extend(paragraphs);
        if let Some(portal) = self.input.portal {
            all.push(texts::message(self.language, "mail-portal", &[("url", &clean::one_line(portal))]));
        }
        let reason = texts::message(self.language, "mail-footer", &[("notice", self.input.notice)]);
        all.push(format!("-- \n{reason}"));
        let mut text = all.join("\n\n");
        text.push('\n');
        text
    }

    fn say(&self, key: &str) -> String {
        texts::message(self.language, key, &[("psa", self.input.psa), ("tenant", &self.tenant)])
    }
}

/// To the second, which is more than a reader needs, and UTC, which the words say.
fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

#[cfg(test)]
mod tests;
