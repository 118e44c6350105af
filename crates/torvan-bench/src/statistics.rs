//! Latencies in histograms, and what is said of several rounds.

use std::time::Duration;

use hdrhistogram::Histogram;

/// Three significant digits: a latency is never more than a thousandth off.
const SIGNIFICANT_DIGITS: u8 = 3;

/// Latencies of one kind of work.
#[derive(Debug, Clone)]
pub struct Samples {
    nanoseconds: Histogram<u64>,
}

impl Default for Samples {
    fn default() -> Self {
        Self::new()
    }
}

impl Samples {
    /// No latency yet.
    ///
    /// # Panics
    /// Never: the number of digits is within what a histogram takes.
    #[must_use]
    pub fn new() -> Self {
        match Histogram::new(SIGNIFICANT_DIGITS) {
            Ok(nanoseconds) => Self { nanoseconds },
            Err(error) => panic!("a histogram of {SIGNIFICANT_DIGITS} digits: {error}"),
        }
    }

    /// Adds one latency.
    pub fn record(&mut self, latency: Duration) {
        let nanoseconds = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
        // It grows as needed, so that there is no value that does not fit.
        let _ = self.nanoseconds.record(nanoseconds);
    }

    /// Adds the latencies of somebody else.
    pub fn merge(&mut self, other: &Self) {
        // Both grow as needed, so that there is no value that does not fit.
        let _ = self.nanoseconds.add(&other.nanoseconds);
    }

    /// How many latencies.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.nanoseconds.len()
    }

    /// The latency in milliseconds that this part (0 to 1) of all did not exceed.
    #[must_use]
    pub fn quantile_ms(&self, part: f64) -> f64 {
        milliseconds(Duration::from_nanos(self.nanoseconds.value_at_quantile(part)))
    }

    /// The longest latency in milliseconds.
    #[must_use]
    pub fn max_ms(&self) -> f64 {
        milliseconds(Duration::from_nanos(self.nanoseconds.max()))
    }
}

/// Several rounds of the product beside its floor.
#[derive(Debug, Clone, Default)]
pub struct Rounds {
    rounds: Vec<(Samples, Samples)>,
}

impl Rounds {
    /// Adds one round: latencies of the product, latencies of the floor.
    pub fn push(&mut self, product: Samples, floor: Samples) {
        self.rounds.push((product, floor));
    }

    /// Latencies of the product over all rounds.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.rounds.iter().map(|(product, _)| product.count()).sum()
    }

    /// Median over the rounds of a quantile of the product, in milliseconds.
    #[must_use]
    pub fn product_ms(&self, part: f64) -> Option<f64> {
        median(self.rounds.iter().map(|(product, _)| product.quantile_ms(part)))
    }

    /// The product's longest latency of all rounds, in milliseconds.
    #[must_use]
    pub fn product_max_ms(&self) -> Option<f64> {
        self.rounds.iter().map(|(product, _)| product.max_ms()).max_by(f64::total_cmp)
    }

    /// Median over the rounds of the floor's median, in milliseconds; none if no floor was measured.
    #[must_use]
    pub fn floor_ms(&self) -> Option<f64> {
        median(self.with_floor().map(|(_, floor)| floor.quantile_ms(0.5)))
    }

    /// Median over the rounds of product's median : floor's median.
    #[must_use]
    pub fn ratio(&self) -> Option<f64> {
        median(self.with_floor().map(|(product, floor)| product.quantile_ms(0.5) / floor.quantile_ms(0.5)))
    }

    fn with_floor(&self) -> impl Iterator<Item = &(Samples, Samples)> {
        self.rounds.iter().filter(|(_, floor)| floor.count() > 0)
    }
}

/// The middle of the values; the mean of the two in the middle when their number is even.
#[must_use]
pub fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut sorted: Vec<f64> = values.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(sorted[middle]),
        _ => Some(f64::midpoint(sorted[middle - 1], sorted[middle])),
    }
}

/// A duration in milliseconds.
pub(crate) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(milliseconds: &[u64]) -> Samples {
        let mut samples = Samples::new();
        for one in milliseconds {
            samples.record(Duration::from_millis(*one));
        }
        samples
    }

    fn is_near(found: f64, expected: f64) -> bool {
        (found - expected).abs() <= expected * 0.002
    }

    #[test]
    fn the_median_of_an_even_number_is_between_the_two_in_the_middle() {
        assert_eq!(median([]), None);
        assert_eq!(median([3.0]), Some(3.0));
        assert_eq!(median([9.0, 1.0, 5.0]), Some(5.0));
        assert_eq!(median([4.0, 1.0, 2.0, 100.0]), Some(3.0));
    }

    #[test]
    fn quantiles_and_maximum_are_within_a_thousandth() {
        let samples = samples(&(1..=100).collect::<Vec<_>>());
        assert!(is_near(samples.quantile_ms(0.5), 50.0), "{}", samples.quantile_ms(0.5));
        assert!(is_near(samples.quantile_ms(0.95), 95.0), "{}", samples.quantile_ms(0.95));
        assert!(is_near(samples.max_ms(), 100.0), "{}", samples.max_ms());
    }

    #[test]
    fn merging_keeps_every_latency() {
        let mut all = samples(&[1, 2]);
        all.merge(&samples(&[3000]));
        assert_eq!(all.count(), 3);
        assert!(is_near(all.max_ms(), 3000.0), "{}", all.max_ms());
    }

    #[test]
    fn the_ratio_is_taken_within_each_round() {
        // The machine was three times slower in the last round: product and floor alike, so the ratio does not move.
        let mut rounds = Rounds::default();
        rounds.push(samples(&[10]), samples(&[5]));
        rounds.push(samples(&[10]), samples(&[5]));
        rounds.push(samples(&[30]), samples(&[15]));
        assert!(is_near(rounds.ratio().unwrap(), 2.0));
        assert!(is_near(rounds.product_ms(0.5).unwrap(), 10.0));
        assert!(is_near(rounds.product_max_ms().unwrap(), 30.0));
    }

    #[test]
    fn without_a_floor_there_is_no_ratio() {
        let mut rounds = Rounds::default();
        rounds.push(samples(&[10]), Samples::new());
        assert_eq!(rounds.ratio(), None);
        assert_eq!(rounds.floor_ms(), None);
        assert_eq!(rounds.count(), 1);
    }
}
