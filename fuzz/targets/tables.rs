#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rapport::probe::tables(bytes));
