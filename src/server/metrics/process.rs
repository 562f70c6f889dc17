//! What the kernel says of this process. Nothing is known where there is no `/proc`.

use std::fs;

/// What the kernel says of this process, as far as it does.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Process {
    pub resident_bytes: Option<u64>,
    pub virtual_bytes: Option<u64>,
    pub open_descriptors: Option<u64>,
    pub most_descriptors: Option<u64>,
}

impl Process {
    /// Asks the kernel, which answers from memory.
    pub fn read() -> Self {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
        // One of them is there only to count the others.
        let open = fs::read_dir("/proc/self/fd").ok().map(|them| them.count().saturating_sub(1));
        Self { open_descriptors: open.and_then(|open| u64::try_from(open).ok()), ..Self::parse(&status, &limits) }
    }

    fn parse(status: &str, limits: &str) -> Self {
        let bytes = |name: &str| {
            let kibibytes = status.lines().find_map(|line| line.strip_prefix(name)?.trim().strip_suffix(" kB"))?;
            Some(kibibytes.parse::<u64>().ok()? * 1024)
        };
        let most = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
        Self {
            resident_bytes: bytes("VmRSS:"),
            virtual_bytes: bytes("VmSize:"),
            open_descriptors: None,
            most_descriptors: most.and_then(|most| most.split_whitespace().next()?.parse().ok()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_says_is_understood() {
        let status = "Name:\trapport\nVmSize:\t  300000 kB\nVmRSS:\t   20480 kB\nThreads:\t3\n";
        let limits = "Limit                     Soft Limit           Hard Limit           Units     \n\
                      Max open files            1024                 524288               files     \n";
        let expected = Process {
            resident_bytes: Some(20_480 * 1024),
            virtual_bytes: Some(300_000 * 1024),
            open_descriptors: None,
            most_descriptors: Some(1024),
        };
        assert_eq!(Process::parse(status, limits), expected);
        assert_eq!(
            Process::parse("", "Max open files            unlimited            unlimited            files"),
            Process::default()
        );
    }
}
