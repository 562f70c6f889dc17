//! Instances and the database are killed, at any moment and again and again.

use std::{env, time::Duration};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::scene::Scene;
use crate::support::postgres::Server;

/// How often to kill, and the seed of the moments: see CONTRIBUTING.md.
const KILLS: &str = "RAPPORT_KILLS";
const SEED: &str = "RAPPORT_KILLS_SEED";

/// As careful as in production.
const CAREFUL: [&str; 2] = ["fsync=on", "full_page_writes=on"];

#[tokio::test(flavor = "multi_thread")]
async fn kills_of_service_and_database_lose_nothing() {
    let mut postgres = Server::start_with(&CAREFUL);
    let mut scene = Scene::of(2, &postgres.fresh_database());
    let (kills, seed) = (setting(KILLS, 10), setting(SEED, 7));
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let mut killed = [0; 3];
    for kill in 1..=kills {
        let load = scene.load(false);
        load.progress().await;
        tokio::time::sleep(Duration::from_millis(dice.random_range(0..300))).await;
        let victim = dice.random_range(0..killed.len());
        killed[victim] += 1;
        if victim == 2 {
            postgres.kill();
            postgres.start_again();
        } else {
            scene.kill(victim);
            scene.start(victim);
        }
        load.progress().await;
        load.stop().await;
        scene.check().await;
        if kill % 10 == 0 || kill == kills {
            let [one, other, database] = killed;
            println!(
                "seed {seed}, {kill} kills (instances {one} and {other}, PostgreSQL {database}): {}",
                scene.summary().await
            );
        }
    }
    scene.check_against_another().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kills_on_a_file_lose_nothing() {
    let mut scene = Scene::of(1, "sqlite:killed.db");
    let mut dice = ChaCha8Rng::seed_from_u64(setting(SEED, 7));
    for _ in 0..5 {
        let load = scene.load(false);
        load.progress().await;
        tokio::time::sleep(Duration::from_millis(dice.random_range(0..300))).await;
        scene.kill(0);
        scene.start(0);
        load.progress().await;
        load.stop().await;
        scene.check().await;
    }
    scene.check_against_another().await;
}

fn setting(name: &str, usual: u64) -> u64 {
    env::var(name).map_or(usual, |value| value.parse().expect("a number"))
}
