//! Rounding that keeps a sum: what is shown adds up to the last digit.

/// Points as thousandths, by the method of the largest remainder (Hamilton): each is rounded down, and what is missing of
/// `total` goes to those that lost the most. `total` may differ from the sum by its own rounding.
pub(super) fn apportion(points: &[f64], total: i64) -> Vec<i64> {
    if points.is_empty() {
        return Vec::new();
    }
    let floor = |points: f64| (points * 1000.0).floor();
    #[expect(clippy::cast_possible_truncation, reason = "a score has no more than a hundred thousand thousandths")]
    let mut shown: Vec<i64> = points.iter().map(|&it| floor(it) as i64).collect();
    let mut by_remainder: Vec<usize> = (0..points.len()).collect();
    let remainder = |&index: &usize| points[index] * 1000.0 - floor(points[index]);
    by_remainder.sort_by(|a, b| remainder(b).total_cmp(&remainder(a)));
    let missing = total - shown.iter().sum::<i64>();
    let (step, order): (i64, Vec<usize>) =
        if missing < 0 { (-1, by_remainder.into_iter().rev().collect()) } else { (1, by_remainder) };
    for &index in order.iter().cycle().take(usize::try_from(missing.abs()).unwrap_or(0)) {
        shown[index] += step;
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_remainders_make_up_the_sum() {
        assert_eq!(apportion(&[0.0014, 0.0016, -0.0005], 3), [1, 2, 0]);
        assert_eq!(apportion(&[0.0014, 0.0016, -0.0005], 2), [1, 2, -1]);
        assert_eq!(apportion(&[0.001, 0.002], 4), [2, 2], "the total's own rounding");
        assert_eq!(apportion(&[0.001, 0.002], 2), [1, 1]);
        assert!(apportion(&[], 1).is_empty());
    }
}
