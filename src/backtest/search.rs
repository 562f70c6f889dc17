//! Looking for the lowest place of a function that says nothing of its slope.

use std::thread;

/// Strides along each direction, the largest first.
const STRIDES: [f64; 3] = [1.4, 0.7, 0.35];
/// A place counts as lower if its loss is less by more than this.
const LOWER_BY: f64 = 1e-5;
/// How often all directions are tried with steps of one size at the most.
const MOST_SWEEPS: usize = 6;

/// Goes from `start` downhill, one direction at a time, first with large steps, then with smaller ones, until none leads
/// lower (Hooke & Jeeves 1961, the exploratory moves), and returns the lowest place found. Both ends of a step are looked
/// at at the same time; `tried` is called for each pair.
pub(super) fn descend(
    start: Vec<f64>,
    bounds: &[(f64, f64)],
    loss: &(impl Fn(&[f64]) -> f64 + Sync),
    tried: &mut impl FnMut(),
) -> Vec<f64> {
    let mut here = (loss(&start), start);
    for stride in STRIDES {
        for _ in 0..MOST_SWEEPS {
            let before = here.0;
            for (direction, &(least, most)) in bounds.iter().enumerate() {
                let moved = |by: f64| {
                    let mut place = here.1.clone();
                    place[direction] = (place[direction] + by).clamp(least, most);
                    place
                };
                let ends = [moved(stride), moved(-stride)];
                let losses = both(&ends, loss);
                tried();
                for (end, loss) in ends.into_iter().zip(losses) {
                    if loss < here.0 - LOWER_BY {
                        here = (loss, end);
                    }
                }
            }
            if here.0 >= before {
                break;
            }
        }
    }
    here.1
}

fn both(ends: &[Vec<f64>; 2], loss: &(impl Fn(&[f64]) -> f64 + Sync)) -> [f64; 2] {
    let [one, other] = ends;
    thread::scope(|scope| {
        let other = scope.spawn(|| loss(other));
        // A loss that cannot be computed is no lower.
        [loss(one), other.join().unwrap_or(f64::INFINITY)]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_place_of_a_valley_is_found_within_bounds() {
        let valley = |at: &[f64]| (at[0] - 3.0).powi(2) + 2.0 * (at[1] + at[0] / 2.0).powi(2) + (at[2] - 9.0).powi(2);
        let mut pairs = 0;
        let found = descend(vec![0.0; 3], &[(-10.0, 10.0), (-10.0, 10.0), (-1.0, 5.0)], &valley, &mut || pairs += 1);
        assert!((found[0] - 3.0).abs() < 0.4 && (found[1] + 1.5).abs() < 0.4, "{found:?}");
        assert!((found[2] - 5.0).abs() < 1e-12, "the bound holds: {found:?}");
        assert!(pairs < 200, "{pairs}");
    }
}
