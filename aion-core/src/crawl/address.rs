//! Which IP addresses a crawl may talk to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Who is behind an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Anybody on the internet.
    Public,
    /// This machine or its own network: only for a seed that the caller vouches for.
    Private,
    /// Nobody who serves pages, or the metadata service of a cloud, which hands out credentials: never.
    Never,
}

/// Metadata services at addresses that look like others: Alibaba, Azure.
const METADATA_V4: [Ipv4Addr; 2] = [Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(168, 63, 129, 16)];
/// Metadata services of AWS and GCP.
const METADATA_V6: [Ipv6Addr; 2] =
    [Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254), Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)];

/// Sorts `address` by IANA's special-purpose registries (RFC 6890 and what was added since).
pub(super) fn reach(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(address) => reach_v4(address),
        IpAddr::V6(address) => reach_v6(address),
    }
}

fn reach_v4(address: Ipv4Addr) -> Reach {
    if METADATA_V4.contains(&address) {
        return Reach::Never;
    }
    match address.octets() {
        [10 | 127, ..] | [172, 16..=31, ..] | [192, 168, ..] => Reach::Private,
        // Shared by carriers (RFC 6598); benchmarks inside a network (RFC 2544).
        [100, 64..=127, ..] | [198, 18..=19, ..] => Reach::Private,
        // This network, link-local with every cloud's 169.254.169.254, protocol assignments.
        [0, ..] | [169, 254, ..] | [192, 0, 0, _] => Reach::Never,
        // Documentation, 6to4 relays, multicast, reserved, broadcast.
        [192, 0, 2, _] | [192, 88, 99, _] | [198, 51, 100, _] | [203, 0, 113, _] | [224..=255, ..] => {
            Reach::Never
        }
        _ => Reach::Public,
    }
}

fn reach_v6(address: Ipv6Addr) -> Reach {
    if METADATA_V6.contains(&address) {
        return Reach::Never;
    }
    if address == Ipv6Addr::LOCALHOST {
        return Reach::Private;
    }
    let segments = address.segments();
    let v4 = |high: u16, low: u16| reach_v4(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)));
    match segments {
        // An IPv4 address in other clothes: mapped, translated (RFC 6052), 6to4. What it hides is what counts.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => v4(high, low),
        [0x2002, high, low, ..] => match v4(high, low) {
            Reach::Public => Reach::Public,
            _ => Reach::Never,
        },
        // Unique local.
        [0xfc00..=0xfdff, ..] => Reach::Private,
        // Protocol assignments with Teredo and ORCHID, documentation.
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Reach::Never,
        // All that was ever given out for the internet.
        [0x2000..=0x3fff, ..] => Reach::Public,
        _ => Reach::Never,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_sorted_by_who_is_behind_them() {
        for (addresses, expected) in [
            (
                &[
                    "93.184.216.34",
                    "1.1.1.1",
                    "172.32.0.1",
                    "100.128.0.1",
                    "2606:4700::1111",
                    "::ffff:1.1.1.1",
                ][..],
                Reach::Public,
            ),
            (&["64:ff9b::101:101", "2002:101:101::1"], Reach::Public),
            (
                &["127.0.0.1", "127.9.9.9", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"],
                Reach::Private,
            ),
            (&["100.64.0.1", "198.18.0.1", "::1", "fc00::1", "fd12::1", "::ffff:127.0.0.1"], Reach::Private),
            (&["64:ff9b::7f00:1", "::ffff:10.0.0.1"], Reach::Private),
            (&["169.254.169.254", "169.254.170.2", "0.0.0.0", "0.1.2.3", "192.0.0.192"], Reach::Never),
            (&["100.100.100.200", "168.63.129.16", "fd00:ec2::254", "::ffff:169.254.169.254"], Reach::Never),
            (
                &["224.0.0.1", "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.51.100.1", "203.0.113.1"],
                Reach::Never,
            ),
            (
                &["::", "fe80::1", "fec0::1", "ff02::1", "2001:db8::1", "2001::1", "100::1", "::7f00:1"],
                Reach::Never,
            ),
            (
                &["2002:7f00:1::1", "2002:a9fe:a9fe::", "64:ff9b:1::1", "64:ff9b::a9fe:a9fe", "4000::1"],
                Reach::Never,
            ),
        ] {
            for address in addresses {
                assert_eq!(reach(address.parse().unwrap()), expected, "{address}");
            }
        }
    }
}
