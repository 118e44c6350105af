//! Hashing of passwords: argon2id, two at a time, with a bound on how many may wait.
//!
//! One hash takes 19 MiB and some tens of milliseconds of a core. Without the bound a burst of sign-ins would take all memory;
//! beyond it the server answers 503 (`assurance.md` S9, threat 5).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use argon2::password_hash::Error as HashError;
use argon2::{
    ARGON2ID_IDENT, Algorithm, Argon2, Params, PasswordHash, PasswordHasher as _, PasswordVerifier as _,
    Version,
};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{JoinError, spawn_blocking};
use unicode_normalization::UnicodeNormalization as _;

use super::{NoRandomness, random_bytes};

/// Memory of one hash in KiB: 19 MiB, the least that OWASP advises together with two passes.
const MEMORY_KIB: u32 = 19 * 1024;
/// Passes over the memory.
const PASSES: u32 = 2;
/// Lanes; more would only help a reader of the hashes who has more cores than we.
const LANES: u32 = 1;
/// Hashes made at a time: as many as the smallest machine has cores.
const AT_ONCE: usize = 2;
/// How many may wait unless told otherwise.
pub const DEFAULT_WAITING: usize = 64;

/// Memory in KiB above which a stored hash is not worked on: nothing of ours is near it, and it would take the server's memory.
const MOST_MEMORY_KIB: u32 = 256 * 1024;
/// Passes above which a stored hash is not worked on.
const MOST_PASSES: u32 = 32;

/// Why a password was neither hashed nor compared.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Too many are waiting: answer 503, the same call may succeed later.
    #[error("too many people are signing in at this moment; try again in a few seconds")]
    Busy,
    /// A stored hash that this release cannot read.
    #[error("a stored password hash cannot be read: {0} (mend: give the person a new setup code)")]
    Unreadable(HashError),
    /// The hash could not be made: memory or randomness is missing.
    #[error("a password could not be hashed: {0}")]
    Failed(HashError),
    /// See [`NoRandomness`].
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// The work was ended from outside: the server stops.
    #[error("a password could not be hashed: the server is stopping")]
    Stopped(#[source] JoinError),
}

/// Hashes and compares passwords. Cheap to clone; all clones share one queue.
#[derive(Debug, Clone)]
pub struct Hasher {
    /// Who may work or wait.
    admitted: Arc<Semaphore>,
    /// Who may work.
    working: Arc<Semaphore>,
    /// Hash of a password that nobody has, for accounts that do not exist.
    dummy: Arc<str>,
    /// How many were worked on.
    worked: Arc<AtomicU64>,
}

impl Hasher {
    /// A hasher with room for so many waiting ([`DEFAULT_WAITING`] in the product). Makes one hash, so takes a moment.
    pub fn new(waiting: usize) -> Result<Self, PasswordError> {
        let dummy = argon2().hash_password(&random_bytes::<32>()?).map_err(PasswordError::Failed)?;
        Ok(Self {
            admitted: Arc::new(Semaphore::new(AT_ONCE.saturating_add(waiting).min(Semaphore::MAX_PERMITS))),
            working: Arc::new(Semaphore::new(AT_ONCE)),
            dummy: dummy.to_string().into(),
            worked: Arc::default(),
        })
    }

    /// The hash of a password in PHC form, as `user_credentials` stores it.
    pub async fn hash(&self, password: SecretString) -> Result<String, PasswordError> {
        self.work(move || {
            let hash = argon2().hash_password(normalised(&password).expose_secret().as_bytes());
            hash.map(|hash| hash.to_string()).map_err(PasswordError::Failed)
        })
        .await
    }

    /// Whether this is the password of the hash.
    ///
    /// Without a hash, for an account that does not exist or has none, the same work is done on a hash of nobody's and the
    /// answer is no: how long it takes tells nothing (`assurance.md` S9).
    pub async fn verify(&self, password: SecretString, phc: Option<String>) -> Result<bool, PasswordError> {
        let is_known = phc.is_some();
        let dummy = Arc::clone(&self.dummy);
        let is_right = self.work(move || compare(&password, phc.as_deref().unwrap_or(&dummy))).await?;
        Ok(is_known && is_right)
    }

    /// How many hashes were made or compared so far: the dear part of every sign-in, whoever tries it.
    #[must_use]
    pub fn worked(&self) -> u64 {
        self.worked.load(Ordering::Relaxed)
    }

    /// Whether a stored hash was made with other costs than new ones are: hash the password anew once the person has given it.
    #[must_use]
    pub fn needs_rehash(&self, phc: &str) -> bool {
        let Ok(stored) = PasswordHash::new(phc) else { return true };
        let is_current = stored.algorithm == ARGON2ID_IDENT
            && stored.version == Some(Version::V0x13.into())
            && stored.hash.as_ref().is_some_and(|hash| hash.len() == Params::DEFAULT_OUTPUT_LEN)
            && Params::try_from(&stored).is_ok_and(|costs| {
                (costs.m_cost(), costs.t_cost(), costs.p_cost()) == (MEMORY_KIB, PASSES, LANES)
            });
        !is_current
    }

    /// Does work on a thread for it. The permits go along: a request that is given up frees its place only when its hash is
    /// done, so that giving up early does not get anyone around the bound.
    async fn work<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let admitted = Arc::clone(&self.admitted).try_acquire_owned().map_err(|_| PasswordError::Busy)?;
        // Nobody closes the semaphore; if somebody did, nothing would be hashed any more.
        let working = Arc::clone(&self.working).acquire_owned().await.map_err(|_| PasswordError::Busy)?;
        self.worked.fetch_add(1, Ordering::Relaxed);
        spawn_blocking(move || {
            let _permits: [OwnedSemaphorePermit; 2] = [admitted, working];
            job()
        })
        .await
        .map_err(PasswordError::Stopped)?
    }
}

fn argon2() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, costs())
}

fn costs() -> Params {
    const COSTS: Params = match Params::new(MEMORY_KIB, PASSES, LANES, Some(Params::DEFAULT_OUTPUT_LEN)) {
        Ok(costs) => costs,
        Err(_) => panic!("the costs are constants within the limits of argon2"),
    };
    COSTS
}

/// The password in Unicode's form NFC: an "é" is one sign or two, by the keyboard that typed it (NIST SP 800-63B, 3.1.1.2).
fn normalised(password: &SecretString) -> SecretString {
    password.expose_secret().nfc().collect::<String>().into()
}

fn compare(password: &SecretString, phc: &str) -> Result<bool, PasswordError> {
    let stored = PasswordHash::new(phc).map_err(|error| PasswordError::Unreadable(error.into()))?;
    refuse_excess(&stored)?;
    match argon2().verify_password(normalised(password).expose_secret().as_bytes(), &stored) {
        Ok(()) => Ok(true),
        // Also what argon2 says of a hash whose last part is missing: that is no wrong password.
        Err(HashError::PasswordInvalid) if stored.salt.is_some() && stored.hash.is_some() => Ok(false),
        Err(HashError::PasswordInvalid) => Err(PasswordError::Unreadable(HashError::EncodingInvalid)),
        Err(error) => Err(PasswordError::Unreadable(error)),
    }
}

fn refuse_excess(stored: &PasswordHash) -> Result<(), PasswordError> {
    let costs = Params::try_from(stored).map_err(PasswordError::Unreadable)?;
    if costs.m_cost() > MOST_MEMORY_KIB || costs.t_cost() > MOST_PASSES {
        return Err(PasswordError::Unreadable(HashError::ParamsInvalid));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Argon2id of "password" with costs other than ours.
    const FOREIGN: &str =
        "$argon2id$v=19$m=1024,t=1,p=1$c29tZXNhbHQxMjM0NTY3OA$l5LbjFPeUBrRyiQUYN5PM6NvL0KjU2XHKoS2yvoyUIw";

    fn secret(text: &str) -> SecretString {
        text.to_owned().into()
    }

    fn hasher() -> Hasher {
        Hasher::new(DEFAULT_WAITING).unwrap()
    }

    #[tokio::test]
    async fn a_hash_is_of_the_form_and_costs_agreed_and_knows_its_password() {
        let hasher = hasher();
        let hash = hasher.hash(secret("a quiet green river")).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(hasher.verify(secret("a quiet green river"), Some(hash.clone())).await.unwrap());
        assert!(!hasher.verify(secret("a quiet green riveR"), Some(hash.clone())).await.unwrap());
        assert!(!hasher.verify(secret(""), Some(hash.clone())).await.unwrap());
        assert!(!hasher.needs_rehash(&hash));
        assert_ne!(hasher.hash(secret("a quiet green river")).await.unwrap(), hash);
    }

    #[tokio::test]
    async fn nobody_signs_in_to_an_account_that_is_not_there() {
        assert!(!hasher().verify(secret("a quiet green river"), None).await.unwrap());
    }

    #[tokio::test]
    async fn the_whole_password_counts() {
        let hasher = hasher();
        let long = "x".repeat(255);
        let hash = hasher.hash(secret(&format!("{long}a"))).await.unwrap();
        assert!(!hasher.verify(secret(&format!("{long}b")), Some(hash)).await.unwrap());
    }

    #[tokio::test]
    async fn one_password_typed_on_two_keyboards_is_the_same() {
        let hasher = hasher();
        let hash = hasher.hash(secret("caf\u{e9} au lait, vite")).await.unwrap();
        assert!(hasher.verify(secret("cafe\u{301} au lait, vite"), Some(hash)).await.unwrap());
    }

    #[tokio::test]
    async fn hashes_with_other_costs_are_read_and_made_anew() {
        let hasher = hasher();
        assert!(hasher.verify(secret("password"), Some(FOREIGN.into())).await.unwrap());
        assert!(!hasher.verify(secret("Password"), Some(FOREIGN.into())).await.unwrap());
        for phc in [FOREIGN, "", "$2b$12$abc", "$argon2id$v=19$m=19456,t=2,p=1"] {
            assert!(hasher.needs_rehash(phc), "{phc}");
        }
    }

    #[tokio::test]
    async fn hashes_that_are_none_are_a_fault_and_not_a_wrong_password() {
        let hasher = hasher();
        let huge = FOREIGN.replace("m=1024", "m=4194304");
        let cut = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ";
        for phc in ["", "password", "$argon2id$", "$scrypt$ln=1$c29tZXNhbHQ$c29tZWhhc2g", cut, &huge] {
            let answer = hasher.verify(secret("password"), Some(phc.to_owned())).await;
            assert!(matches!(answer, Err(PasswordError::Unreadable(_))), "{phc}: {answer:?}");
        }
    }

    #[tokio::test]
    async fn beyond_the_bound_the_answer_is_busy_and_later_there_is_room_again() {
        let hasher = Hasher::new(1).unwrap();
        let clone = hasher.clone();
        // Both places for work are taken, as by two hashes that never end.
        let held = Arc::clone(&hasher.working).acquire_many_owned(2).await.unwrap();
        let admitted = Arc::clone(&hasher.admitted).acquire_many_owned(2).await.unwrap();
        let waiting = tokio::spawn(async move { clone.verify(secret("one who waits"), None).await });
        while hasher.admitted.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert!(matches!(hasher.hash(secret("one too many")).await, Err(PasswordError::Busy)));
        drop((held, admitted));
        assert!(!waiting.await.unwrap().unwrap());
        assert!(hasher.hash(secret("one more")).await.is_ok());
        assert_eq!(hasher.admitted.available_permits(), 3);
    }

    #[tokio::test]
    async fn one_who_gives_up_while_waiting_leaves_the_queue() {
        let hasher = Hasher::new(1).unwrap();
        let held = Arc::clone(&hasher.working).acquire_many_owned(2).await.unwrap();
        let clone = hasher.clone();
        let waiting = tokio::spawn(async move { clone.hash(secret("one who gives up")).await });
        while hasher.admitted.available_permits() == 3 {
            tokio::task::yield_now().await;
        }
        waiting.abort();
        assert!(waiting.await.is_err());
        assert_eq!(hasher.admitted.available_permits(), 3);
        drop(held);
    }

    #[test]
    fn errors_show_no_password_and_what_to_do() {
        assert!(PasswordError::Busy.to_string().contains("try again"));
        assert!(PasswordError::Unreadable(HashError::Version).to_string().contains("mend"));
    }
}
