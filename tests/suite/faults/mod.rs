//! What may break does, under load: no acknowledged event is lost, none counts twice, no wrong score is served, and
//! service resumes without a hand.

mod clock;
mod cuts;
mod kills;
mod load;
mod restarts;
mod scene;
mod slow;
mod sqlite;
