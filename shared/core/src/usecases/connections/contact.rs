//! Whether an emergency contact can be written to. Only a mail that arrives proves an address; this refuses what can be
//! none, and whatever could mean something else in the head of a mail.

/// Longest address that mail servers carry (RFC 5321, 4.5.3.1.3, less the angle brackets).
const LONGEST: usize = 254;
/// Longest part before the `@` (RFC 5321, 4.5.3.1.1).
const LONGEST_LOCAL: usize = 64;

/// Whether `address` looks like one address: `name@example.com`.
pub(super) fn is_address(address: &str) -> bool {
    let Some((local, domain)) = address.rsplit_once('@') else { return false };
    address.len() <= LONGEST && is_local(local) && is_domain(domain)
}

fn is_local(local: &str) -> bool {
    local.len() <= LONGEST_LOCAL
        && local.split('.').all(|part| !part.is_empty())
        && local.chars().all(|c| c.is_alphanumeric() || ".!#$%&'*+-/=?^_`{|}~".contains(c))
}

fn is_domain(domain: &str) -> bool {
    domain.contains('.')
        && domain.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken() {
        for address in
            ["noc@example.com", "a.b+psa@mail.example.co.uk", "o'neil@example.org", "müller@köln.example"]
        {
            assert!(is_address(address), "{address}");
        }
    }

    #[test]
    fn what_is_no_single_address_is_refused() {
        let long = format!("{}@example.com", "a".repeat(65));
        for address in [
            "",
            "noc",
            "@example.com",
            "noc@",
            "noc@localhost",
            "noc@example..com",
            "noc@-example.com",
            ".noc@example.com",
            "n..oc@example.com",
            "a@b@example.com",
            "noc@example.com, other@example.com",
            "Noc <noc@example.com>",
            "noc@example.com\r\nBcc: x@example.com",
            "noc @example.com",
            &long,
        ] {
            assert!(!is_address(address), "{address:?}");
        }
    }
}
