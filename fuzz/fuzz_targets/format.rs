#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| policyc_fuzz::format(data));
