//! The stories that the scores must tell: events in, then the stated relations between scores hold.
//!
//! Each is a scenario for people who buy and sell, told through the real ledger and reader on a store of its own. They
//! compare scores; how high a score is in itself is the model's affair.

mod explained;
mod narration;
mod story_01_it_cannot_be_done;
mod story_02_prompt_no_slow_yes_silence;
mod story_03_wary_at_first;
mod story_04_my_customers_customer;
mod story_05_incomplete_instructions;
mod story_06_inside_customers;
mod story_07_whose_best_customer;
mod story_08_everyones_customer;
mod story_09_partners_in_success;
mod story_10_the_dispute;
mod story_11_the_messy_feed;
mod story_12_what_a_deal_goes_through;
mod story_13_what_is_usual;
mod story_14_live_and_end;
mod story_15_working_time;
