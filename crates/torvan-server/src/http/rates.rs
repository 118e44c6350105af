//! How many requests one sender may make, counted in memory before the database is asked.
//!
//! Whoever has shown a good session or token has a measure of their own, wherever they sit. Everybody else shares that of
//! their address: without a credential, or with one that this server has not seen to be good. So neither guessing nor
//! inventing tokens costs the database more than one address may, and a plant behind one address is not held up.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota};

/// Bursts, in seconds of the steady rate.
const BURST: u32 = 4;

/// An address may have this many times what a session has.
const ADDRESS: u32 = 2;

/// How long a credential that is not used is remembered as good.
const REMEMBERED: Duration = Duration::from_mins(15);

/// How often what is over is forgotten.
const SWEEP: Duration = Duration::from_mins(1);

/// Counts requests.
#[derive(Debug)]
pub(crate) struct Rates(Option<Limits>);

#[derive(Debug)]
struct Limits {
    credentials: DefaultKeyedRateLimiter<String>,
    addresses: DefaultKeyedRateLimiter<IpAddr>,
    good: Mutex<Good>,
}

/// Hashes of credentials that were good when they were last used.
#[derive(Debug)]
struct Good {
    seen: HashMap<String, Instant>,
    swept: Instant,
}

impl Rates {
    pub(crate) fn new(per_second: u32) -> Self {
        let quota = |times: u32| {
            let rate = NonZeroU32::new(per_second.saturating_mul(times))?;
            let burst = NonZeroU32::new(rate.get().saturating_mul(BURST))?;
            Some(Quota::per_second(rate).allow_burst(burst))
        };
        Self(quota(1).zip(quota(ADDRESS)).map(|(credential, address)| Limits {
            credentials: DefaultKeyedRateLimiter::keyed(credential),
            addresses: DefaultKeyedRateLimiter::keyed(address),
            good: Mutex::new(Good { seen: HashMap::new(), swept: Instant::now() }),
        }))
    }

    /// Lets a request through, or says how long to wait.
    pub(crate) fn admit(&self, credential: Option<&str>, client: IpAddr) -> Result<(), Duration> {
        let Some(limits) = &self.0 else { return Ok(()) };
        let good = credential.filter(|credential| limits.is_good(credential));
        let outcome = match good {
            Some(credential) => limits.credentials.check_key(&credential.to_owned()),
            None => limits.addresses.check_key(&network(client)),
        };
        outcome.map_err(|wait| wait.wait_time_from(DefaultClock::default().now()))
    }

    /// A credential was good.
    pub(crate) fn found_good(&self, credential: &str) {
        let Some(limits) = &self.0 else { return };
        limits.good().seen.insert(credential.to_owned(), Instant::now());
    }

    /// A credential is not good, or not any more.
    pub(crate) fn found_bad(&self, credential: &str) {
        let Some(limits) = &self.0 else { return };
        limits.good().seen.remove(credential);
    }
}

impl Limits {
    fn good(&self) -> MutexGuard<'_, Good> {
        self.good.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_good(&self, credential: &str) -> bool {
        let mut good = self.good();
        if good.swept.elapsed() >= SWEEP {
            good.swept = Instant::now();
            good.seen.retain(|_, seen| seen.elapsed() < REMEMBERED);
            self.credentials.retain_recent();
            self.addresses.retain_recent();
        }
        good.seen.contains_key(credential)
    }
}

/// One sender has a whole network of IPv6 addresses.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn let_through(rates: &Rates, credential: Option<&str>, client: &str) -> usize {
        let client = client.parse().expect("an address");
        (0..1_000).take_while(|_| rates.admit(credential, client).is_ok()).count()
    }

    #[test]
    fn a_good_credential_has_its_own_measure_and_all_else_shares_that_of_the_address() {
        // So slow that none comes back while the test runs.
        let rates = Rates::new(1);
        rates.found_good("a");
        assert_eq!(let_through(&rates, Some("invented"), "10.0.0.1"), 8);
        assert_eq!(let_through(&rates, None, "10.0.0.1"), 0);
        assert_eq!(let_through(&rates, Some("a"), "10.0.0.1"), 4);
        assert_eq!(let_through(&rates, Some("a"), "10.0.0.2"), 0, "the credential counts, not its place");
        assert_eq!(let_through(&rates, None, "10.0.0.2"), 8);
        let wait = rates.admit(None, [10, 0, 0, 2].into()).expect_err("refused");
        assert!(wait > Duration::ZERO && wait <= Duration::from_secs(1), "{wait:?}");
        rates.found_good("b");
        rates.found_bad("b");
        assert_eq!(let_through(&rates, Some("b"), "10.0.0.1"), 0);
    }

    #[test]
    fn a_network_of_ipv6_is_one_sender_and_zero_is_no_limit() {
        let rates = Rates::new(1);
        assert_eq!(let_through(&rates, None, "2001:db8::1"), 8);
        assert_eq!(let_through(&rates, None, "2001:db8::ffff:2"), 0);
        assert_eq!(let_through(&rates, None, "2001:db8:0:1::1"), 8);
        assert_eq!(let_through(&Rates::new(0), None, "10.0.0.1"), 1_000);
    }
}
