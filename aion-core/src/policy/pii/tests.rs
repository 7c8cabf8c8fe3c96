use super::*;

mod properties;

/// `kind:text` of every hit.
fn found(text: &str) -> Vec<String> {
    find_pii(text).into_iter().map(|hit| format!("{}:{}", hit.kind.name(), &text[hit.range])).collect()
}

/// Every line is one identifier of the kind, alone and in company.
fn all_are(kind: PiiKind, examples: &[&str]) {
    for example in examples {
        for (before, after) in [
            ("", ""),
            ("x: ", "."),
            ("(", ")"),
            ("ação “", "”, 12"),
            ("a\n", "\nb"),
            ("=", "&x=1"),
            ("名前", "番号"),
        ] {
            let text = format!("{before}{example}{after}");
            assert_eq!(found(&text), [format!("{}:{example}", kind.name())], "{text:?}");
        }
    }
}

#[test]
fn emails_are_found() {
    all_are(
        PiiKind::Email,
        &[
            "maria@example.com",
            "joão.d'ávila+x_1%y@exámple.com.br",
            "A@B.CO",
            "a@b-c.museum",
            "x@xn--bcher-kva.xn--p1ai",
            "1@2.com",
        ],
    );
    assert_eq!(found("mailto:a@b.com?subject=x"), ["email:a@b.com"]);
    assert_eq!(found("a@b.com.123 e c@d.org..."), ["email:a@b.com", "email:c@d.org"]);
    assert_eq!(found("ｍａｒｉａ＠ｅｘａｍｐｌｅ．ｃｏｍ"), ["email:ｍａｒｉａ＠ｅｘａｍｐｌｅ．ｃｏｍ"]);
    assert_eq!(found("ma\u{200b}ria@exam\u{ad}ple.com").len(), 1);
}

#[test]
fn phones_are_found() {
    all_are(
        PiiKind::Phone,
        &[
            "+44 20 7946 0018",
            "+1 (212) 555-0123",
            "+1.2125550123",
            "+55 11 91234-5678",
            "+55 (11) 3333-4444",
            "+5511912345678",
            "+351 912 345 678",
            "+49 (0)30 901820",
            "(11) 91234-5678",
            "(11)912345678",
            "(021) 3333-4444",
            "(0xx11) 3333 4444",
            "11 91234-5678",
            "11 3333-4444",
            "11-91234.5678",
            "(11) 9 1234-5678",
            "＋５５ １１ ９１２３４－５６７８",
        ],
    );
    assert_eq!(found("(+55 11) 91234-5678"), ["phone:+55 11) 91234-5678"]);
    assert_eq!(found("+(55) 11 91234-5678"), ["phone:+(55) 11 91234-5678"]);
}

#[test]
fn cards_are_found() {
    // Test numbers that the schemes and presidio's recogniser tests publish.
    all_are(
        PiiKind::Card,
        &[
            "4111111111111111",
            "4012-8888-8888-1881",
            "4012 8888 8888 1881",
            "371449635398431",
            "3714 496353 98431",
            "5555555555554444",
            "5019717010103742",
            "30569309025904",
            "3056 930902 5904",
            "6011000400000000",
            "3528000700000000",
            "6759649826438453",
            "4917300800000000",
            "4484070000000000",
            "2223003122003222",
            "4111.1111.1111.1111",
            "٤١١١ ١١١١ ١١١١ ١١١١",
        ],
    );
    let three = "4012888888881881 4012-8888-8888-1881 4012 8888 8888 1881";
    assert_eq!(found(three).len(), 3);
}

#[test]
fn ibans_are_found() {
    all_are(
        PiiKind::Iban,
        &[
            "GB82WEST12345698765432",
            "GB82 WEST 1234 5698 7654 32",
            "BR9700360305000010009795493P1",
            "BR97 0036 0305 0000 1000 9795 493P 1",
            "DE89-3704-0044-0532-0130-00",
            "NO93 8601 1117 947",
            "NO07.8380.08.06006",
            "ES10 0075 0080 11 0600658108",
            "PT50000201231234567890154",
            "AL47 2121 1009 0000 0002 3569 8741",
            "LC55HEMM000100010012001200023015",
            "MT84 MALT 0110 0001 2345 MTLC AST0 01S",
        ],
    );
    // presidio's negatives
    for text in [
        "AL47 212A 1009 0000 0002 3569 874",
        "AD12000A203020035910010",
        "BY13 NBRB 3600 9000 0000 2Z00 AB0",
        "GB29 NWBK 6016 1331 9268 10",
        "XX82WEST12345698765432",
    ] {
        assert_eq!(found(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn brazilian_taxpayers_are_found() {
    all_are(
        PiiKind::Cpf,
        &[
            "390.533.447-05",
            "39053344705",
            "390.533.447/05",
            "390533447-05",
            "111.444.777-35",
            "390-533-447-05",
            "３９０.５３３.４４７-０５",
        ],
    );
    all_are(
        PiiKind::Cnpj,
        &[
            "12.ABC.345/01DE-35",
            "12.abc.345/01de-35",
            "12ABC34501DE35",
            "16.727.230/0001-97",
            "16727230000197",
            "16727230/0001-97",
            "16.727.230.0001-97",
            "16.727.230/000197",
        ],
    );
    // python-stdnum's collection
    for text in [
        "07.195.358/0001-66",
        "08.807.432/0001-10",
        "11.015.248/0001-42",
        "11.017.153/0005-91",
        "61882613000194",
    ] {
        assert_eq!(found(text), [format!("cnpj:{text}")]);
    }
    for wrong in [
        "231.002.999-00",
        "12.ABC.345/01DE-36",
        "16.727.230/0001-98",
        "111.111.111-11",
        "00.000.000/0000-00",
        "16.727.230/0001=97",
    ] {
        assert_eq!(found(wrong), Vec::<String>::new(), "{wrong}");
    }
}

#[test]
fn public_addresses_are_found() {
    all_are(
        PiiKind::Ip,
        &["200.147.3.157", "8.8.40.8", "2804:14c:5b80:8123:1::1", "2a00:1450:4001:81b::200e"],
    );
    for other in [
        "192.168.0.1",
        "10.0.0.138",
        "127.0.0.1",
        "172.16.44.200",
        "169.254.99.1",
        "100.64.99.1",
        "203.0.113.99",
        "255.255.255.0",
        "224.0.0.251",
        "1.2.3.4",
        "version 10.15.7.99",
        "Versão 10.15.7.99",
        "v10.15.7.99",
        "200.147.3.0/24",
        "1.200.147.3.157",
        "200.147.3",
        "200.147.03.157",
        "256.1.1.100",
        "2001:db8::1",
        "fe80::1",
        "::1",
        "12:30:45",
        "std::vec",
        "2024:01:31",
        "dead::beef",
        "372::",
        "2024::",
        "144.76.166.0",
    ] {
        assert_eq!(found(other), Vec::<String>::new(), "{other}");
    }
}

/// What looks like an identifier and is none.
#[test]
fn numbers_of_daily_life_are_nobodys() {
    for text in [
        "Pedido 12345678901 enviado",
        "order #4111-1111-1111-1112",
        "Order no. 4512345678901235",
        "R$ 1.234.567,89 e US$ 390,533,447.05",
        "2024-01-31T12:34:56.789Z +0000",
        "20240131123456",
        "1706704496",
        "1706704496789",
        "31/12/2024 23:59",
        "1990-2000, 2019-2020",
        "ISBN 978-85-359-0277-5",
        "ISBN 9788535902775",
        "ISSN 1414-9893",
        "CEP 01310-100",
        "page 123 of 456",
        "pp. 1234-5678",
        "doi:10.1016/j.cell.2020.12345678",
        "Processo 0001234-56.2024.8.26.0100",
        "3.14159265358979323846",
        "0.39053344705",
        "39053344705.5",
        "550e8400-e29b-41d4-a716-446655440000",
        "d41d8cd98f00b204e9800998ecf8427e",
        "1990 1991 1992 1993 1994 1995",
        "4000 4001 4002 4003 4004 4005",
        "100 200 300 40",
        "lat -23.5505199, lon -46.6333094",
        "35-209900-176148-1",
        "352099001761481",
        "(2019) 2020-2021",
        "(11) 2019-2020",
        "11 2019-2020",
        "(1) 1234-5678",
        "(20) 3333-4444",
        "+1",
        "+5 10 20 30",
        "a+5511912345678",
        "+100 000 000",
        "+12345678",
        "+44",
        "logo@2x.png",
        "user@localhost",
        "package@1.2.3",
        "@handle",
        "a@b",
        "a@.com",
        "@@@@",
        "a..b@",
        "twitter.com/@x",
        "x@y.c",
        "1.234.567.890-12",
        "tracking 1Z999AA10123456784",
        "0800 123 4567",
        "IMEI 490154203237518",
        "8 (800) 555",
        "12.345.678/0001",
        "123.456.789-00",
        "2x4 3x5 10x15",
        "MAC 00:1A:2B:3C:4D:5E",
        "Bíblia 12:34-56",
        "https://www.facebook.com/pages/x/48573742500",
        "/21615746714/Billboard",
        "https://x.com/a/status/4111111111111111",
        "91234-5678",
        "№ 1234567890",
        "Tel.: 3333-4444",
    ] {
        assert_eq!(found(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn hits_do_not_overlap_and_come_in_order() {
    let text = "a@b.com +55 11 91234-5678;390.533.447-05 4111111111111111@x.com, 390.533.447-05@bar.org";
    assert_eq!(
        found(text),
        [
            "email:a@b.com",
            "phone:+55 11 91234-5678",
            "cpf:390.533.447-05",
            "email:4111111111111111@x.com",
            "email:390.533.447-05@bar.org"
        ]
    );
}

#[test]
fn scrubbing_keeps_the_rest() {
    let text = "Olá,\r\n\t“Zé” <ze@example.com>, tel. (11) 91234-5678, cartão 4111\u{a0}1111\u{a0}1111\u{a0}1111, IP 200.147.3.157.\n";
    assert_eq!(scrub_pii(text), "Olá,\r\n\t“Zé” <[EMAIL]>, tel. [PHONE], cartão [CARD], IP [IP].\n");
    assert_eq!(scrub_pii("nada"), "nada");
}

#[test]
fn hostile_texts_take_linear_time() {
    for piece in [
        "1 ",
        "a@",
        "a@a.",
        "+1 ",
        "(11) ",
        "1.",
        "4111 ",
        "@",
        "1",
        "aa.",
        "GB82 ",
        "2001:",
        "1\u{200b}",
        "a@b.co ",
        "٣",
        "(",
        "390.533.447-05-",
    ] {
        let text = piece.repeat((1 << 20) / piece.len());
        let scrubbed = scrub_pii(&text);
        assert!(find_pii(&scrubbed).is_empty(), "{piece}");
    }
}
