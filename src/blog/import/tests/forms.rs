//! The forms of dates and names.

use super::*;

#[test]
fn dates_are_read_in_the_forms_that_people_write() {
    for (written, expected) in [
        ("2024-03-05", "2024-03-05"),
        ("2024-3-5", "2024-03-05"),
        ("2024/03/05", "2024-03-05"),
        ("2024.03.05", "2024-03-05"),
        ("20240305", "2024-03-05"),
        ("05.03.2024", "2024-03-05"),
        ("2024年3月5日", "2024-03-05"),
        ("March 5, 2024", "2024-03-05"),
        ("Mar 5th 2024", "2024-03-05"),
        ("Sept. 5, 2024", "2024-09-05"),
        ("5 March 2024", "2024-03-05"),
        ("5th of March, 2024", "2024-03-05"),
        ("05-Mar-2024", "2024-03-05"),
        ("Tuesday, March 5, 2024", "2024-03-05"),
        ("13/3/2024", "2024-03-13"),
        ("3/13/2024", "2024-03-13"),
        ("5/5/2024", "2024-05-05"),
        ("2024-03-05 07:08:09 +0200", "2024-03-05T05:08:09Z"),
        ("2024-03-05 07:08:09 +02:00", "2024-03-05T05:08:09Z"),
        ("2024-03-05T07:08:09+0200", "2024-03-05T05:08:09Z"),
        ("2024-03-05T07:08:09.250Z", "2024-03-05T07:08:09.25Z"),
        ("2024-03-05 07:08", "2024-03-05T07:08:00Z"),
        ("2024-03-05T07:08", "2024-03-05T07:08:00Z"),
        ("2024-03-05 7:08", "2024-03-05T07:08:00Z"),
        ("2024-3-5T07:08:09Z", "2024-03-05T07:08:09Z"),
        ("2024/3/5 07:08:09", "2024-03-05T07:08:09Z"),
        ("2024-03-05 07:08:09 UTC", "2024-03-05T07:08:09Z"),
        ("2024-03-05 07:08:09 -7", "2024-03-05T14:08:09Z"),
        ("2024-03-05 07:08:09 EST", "2024-03-05T12:08:09Z"),
        ("2024-03-05 07:08 PM", "2024-03-05T19:08:00Z"),
        ("March 5, 2024 at 7:08pm", "2024-03-05T19:08:00Z"),
        ("2024-03-05T07:08:09+01:00[Europe/Berlin]", "2024-03-05T06:08:09Z"),
        ("Tue, 05 Mar 2024 07:08:09 +0100", "2024-03-05T06:08:09Z"),
        ("Tue Mar 05 2024 07:08:09 GMT+0100 (CET)", "2024-03-05T06:08:09Z"),
        ("2024-03-05 +0200", "2024-03-04T22:00:00Z"),
        ("13:14 21.1.2016", "2016-01-21T13:14:00Z"),
        ("13:14 01/21/2016", "2016-01-21T13:14:00Z"),
        ("Fri Feb  4 12:54:22 UTC 2022", "2022-02-04T12:54:22Z"),
        ("2022-06-07:12:00:00", "2022-06-07T12:00:00Z"),
        ("2024-03-05 07:08:09 +0800 CST", "2024-03-04T23:08:09Z"),
        ("Sun Sep 14 21:07:00 CEST 2008", "2008-09-14T19:07:00Z"),
        ("1709622489", "2024-03-05T07:08:09Z"),
        ("1709622489000", "2024-03-05T07:08:09Z"),
    ] {
        assert_eq!(dates::read(written), Some(at(expected)), "{written}");
    }
    for unreadable in [
        "",
        "soon",
        "2024",
        "2024-03",
        "3/4/2024",
        "03-04-2024",
        "2024-02-30",
        "2024-13-01",
        "2024-03-05 25:00",
        "2024-03-05 07:08 IST",
        "2024-03-05 07:08 +99:00",
        "2024-03-05 and more",
        "1950-01-01",
        "5 Mar 24",
        "{{ date }}",
        "2024-03-051",
        "2024123",
        "2024-03-05-7",
        "2024-03-05 07:08 -2030",
        "123",
    ] {
        assert_eq!(dates::read(unreadable), None, "{unreadable}");
    }
}

#[test]
fn a_path_has_a_date_where_it_says_year_month_and_day() {
    for (path, expected) in [
        ("2024-03-05-x", Some(("2024-03-05", "x"))),
        ("2024-3-5-by-name", Some(("2024-03-05", "by-name"))),
        ("2024_03_05_x", Some(("2024-03-05", "x"))),
        ("20240305-x", Some(("2024-03-05", "x"))),
        ("2024-03-05", Some(("2024-03-05", ""))),
        ("posts/2024/03/05/x", Some(("2024-03-05", "x"))),
        ("2023/2024-03-05-x", Some(("2024-03-05", "x"))),
        ("2024-03-05-trip/part-1", Some(("2024-03-05", "trip/part-1"))),
        ("/2024/03/05/x/", Some(("2024-03-05", "x/"))),
        ("2024-03-05T07-08-09Z-x", Some(("2024-03-05T07:08:09Z", "x"))),
        ("2024/03/5-ways", None),
        ("2024/03/x", None),
        ("2024-03-x", None),
        ("2024-03-055", None),
        ("2024-02-30-x", None),
        ("v2024-03-05", None),
        ("9024-03-05-x", None),
        ("1-2-3-go", None),
        ("12345678", None),
        ("é-2024", None),
        ("", None),
    ] {
        let expected = expected.map(|(date, rest)| (at(date), rest));
        assert_eq!(dates::in_path(path), expected, "{path}");
    }
}

#[test]
fn a_byline_names_one_person_or_more() {
    for (line, expected) in [
        ("Ann Lee", vec!["Ann Lee"]),
        ("Ann Lee, Bo Ma and Cy Ra", vec!["Ann Lee", "Bo Ma", "Cy Ra"]),
        ("Ann Lee, Bo Ma, and Cy Ra", vec!["Ann Lee", "Bo Ma", "Cy Ra"]),
        ("Ann Lee & Bo Ma", vec!["Ann Lee", "Bo Ma"]),
        ("Lee, Ann; Ma, Bo", vec!["Lee, Ann", "Ma, Bo"]),
        ("By Ann Lee", vec!["Ann Lee"]),
        ("[Ann Lee](https://example.org/ann) (Acme)", vec!["Ann Lee"]),
        ("[Ann Lee](https://example.org/a,b), [Bo Ma](x)", vec!["Ann Lee", "Bo Ma"]),
        ("Ann Lee <ann@example.org>", vec!["Ann Lee"]),
        ("<a href='x'>Ann Lee</a>", vec!["Ann Lee"]),
        ("@ann", vec!["ann"]),
        ("Ann Lee, PhD, Bo Ma, Jr.", vec!["Ann Lee", "Bo Ma, Jr."]),
        ("Sandy Andover", vec!["Sandy Andover"]),
        ("Ann Lee / Bo Ma | Cy Ra", vec!["Ann Lee", "Bo Ma", "Cy Ra"]),
        ("Ann Lee, MD, MPH", vec!["Ann Lee"]),
        ("[unclosed", vec!["unclosed"]),
        (" , ", vec![]),
    ] {
        assert_eq!(names::in_byline(line), expected, "{line}");
    }
}

#[test]
fn a_person_is_recognised_whatever_the_accents() {
    assert_eq!(names::key("Zoë  LEE"), "zoe lee");
    assert_eq!(names::key("Zoe\u{308} Lee"), "zoe lee");
    assert_eq!(names::key("kim-ro"), "kim ro");
    assert_ne!(names::key("李伟"), names::key("李薇"));
    assert_ne!(names::key("Иван"), names::key("Ivan"));
    assert_ne!(names::key("रीमा सिंह"), names::key("रामा सिंह"));
    assert_ne!(names::key("加藤ハナ"), names::key("加藤バナ"));
    assert_eq!(names::key("加藤バナ"), names::key("加藤ハ\u{3099}ナ"));
    assert_eq!(names::key("!?"), "");
}
