package where

import "testing"

func TestFilters(t *testing.T) {
	for _, c := range []struct {
		filter string
		values map[string]bool
	}{
		{`"==","value":"Äb"`, map[string]bool{`"äB"`: true, `["x",["ÄB"]]`: true, `"b"`: false, `null`: false, `{"a":"äb"}`: false}},
		{`"==","value":1.5`, map[string]bool{`1.5`: true, `"1.50"`: true, `" 1.5 "`: true, `"0x1"`: false, `2`: false}},
		{`"==","value":"1.50"`, map[string]bool{`1.5`: false, `"1.50"`: true}},
		{`"==","value":true`, map[string]bool{`true`: true, `"TRUE"`: true, `1`: false}},
		{`"!=","value":1`, map[string]bool{`1`: false, `[1,2]`: false, `[2]`: true, `null`: true}},
		{`">","value":"10"`, map[string]bool{`11`: true, `"11"`: true, `10`: false, `"1e2"`: true, `true`: false, `["9",[11]]`: true}},
		{`"<=","value":10`, map[string]bool{`10`: true, `11`: false, `""`: false, `null`: false}},
		{`"contains","value":"%"`, map[string]bool{`"5%"`: true, `5`: false}},
		{`"contains","value":""`, map[string]bool{`5`: true, `null`: false, `{}`: false, `[]`: false}},
		{`"empty"`, map[string]bool{`""`: true, `null`: true, `[]`: true, `{}`: true, `" "`: false, `0`: false, `[null]`: false, `{"a":null}`: false}},
		{`"notempty"`, map[string]bool{`""`: false, `0`: true, `{"a":null}`: true}},
		{`"between","value":{"from":"2","to":4}`, map[string]bool{`2`: true, `"4.0"`: true, `1`: false, `5`: false}},
		{`"oneof","value":["a",1,null,true]`, map[string]bool{`"a"`: true, `"x, a"`: true, `"A"`: false, `1`: true, `"1"`: false, `null`: true, `true`: true, `false`: false}},
		{`"oneof","value":"a, \"b,c\",,1, true"`, map[string]bool{`"a"`: true, `"b,c"`: true, `"b"`: false, `""`: false, `"x,\"b,c\""`: true, `1`: true, `true`: true, `false`: false, `null`: false}},
		{`"dateis","value":"2024-03-10"`, map[string]bool{`"2024-03-10"`: true, `"2024-03-10 23:59"`: true, `"2024-03-10T23:59:59.5Z"`: true, `"2024-03-11T00:30+01:00"`: true,
			`1710028800`: true, `1710028800000`: true, `1710115200`: false, `"10:00"`: false, `"2024-3-10"`: false, `"2024-03-10 7:00"`: false, `null`: false}},
		{`"dateis","value":"2024-03-10 13:03"`, map[string]bool{`"2024-03-10 13:03:59"`: true, `"2024-03-10 13:04"`: false, `"2024-03-10"`: false}},
		{`"dateis","value":"2024-03-10","unit":"year"`, map[string]bool{`"2024-12-31"`: true, `"2023-12-31"`: false}},
		{`"dateis","value":"2024-05-10","unit":"quarter"`, map[string]bool{`"2024-04-01"`: true, `"2024-06-30"`: true, `"2024-03-31"`: false, `"2024-07-01"`: false}},
		{`"dateis","value":"2024-02-10","unit":"month"`, map[string]bool{`"2024-02-29"`: true, `"2023-02-10"`: false}},
		{`"dateis","value":"2024-03-10","unit":"week"`, map[string]bool{`"2024-03-10"`: true, `"2024-03-16"`: true, `"2024-03-09"`: false, `"2024-03-17"`: false}},
		{`"dateis","value":"2024-03-10 13:03","unit":"hour"`, map[string]bool{`"2024-03-10 13:59"`: true, `"2024-03-10 14:00"`: false}},
		{`"datebefore","value":"1973-03-04"`, map[string]bool{`99999999999`: false, `-1`: true, `1e11`: true, `1e15`: false, `1e17`: false, `0`: true, `99999999`: true}},
		{`"dateafter","value":"1973-03-03"`, map[string]bool{`100000000000`: false, `100100000000`: true, `99999999999`: true, `0`: false}},
		{`"dateafter","value":"2024-03-10"`, map[string]bool{`"2024-03-11"`: true, `"2024-03-10 23:00"`: false}},
		{`"dateis","value":"09:30"`, map[string]bool{`"09:30"`: true, `"2024-03-10 09:30:59"`: true, `"2024-03-10"`: false, `1710063000`: true, `"09:31"`: false}},
		{`"datebefore","value":"09:30:10"`, map[string]bool{`"09:30:09"`: true, `"09:30:10.5"`: false, `"2024-03-10"`: false}},
		{`"datebetween","from":{"value":"09:00"},"to":{"value":"17:30"}`, map[string]bool{`"17:30:59"`: true, `"17:31"`: false, `"08:59"`: false, `"2024-03-10"`: false}},
		{`"datebetween","from":{"value":"2024-01-31"},"to":{"value":"2024-02-10 12:00"}`, map[string]bool{`"2024-01-31"`: true, `"2024-02-10 12:00:30"`: true, `"2024-02-10 12:01"`: false, `"2024-01-30"`: false}},
	} {
		m := mustParse(t, `{"$filters":[{"column":"a","condition":`+c.filter+`}]}`).Matcher()
		for value, want := range c.values {
			if got, err := m.Match([]byte(`{"a":`+value+`}`), Facts{}); got != want || err != nil {
				t.Errorf("%s of %s: %v, %v", c.filter, value, got, err)
			}
		}
	}
}

func TestFiltersFindTheirColumn(t *testing.T) {
	m := mustParse(t, `{"$filters":[{"column":"a.0.b","condition":"==","value":1}]}`).Matcher()
	for doc, want := range map[string]bool{
		`{"a":[{"b":1}]}`: true, `{"a":{"0":{"b":1}}}`: true, `{"a.0.b":1}`: true, `{"a.0.b":2,"a":[{"b":1}]}`: false, `{"a.0.b":null,"a":[{"b":1}]}`: false,
		`{"a":[[{"b":1}]]}`: false, `{"a":[{"b":[2,1]}]}`: true, `{"a":[]}`: false, `{"a":5}`: false, `[{"a.0.b":1}]`: false,
	} {
		if got, err := m.Match([]byte(doc), Facts{}); got != want || err != nil {
			t.Errorf("%s: %v, %v", doc, got, err)
		}
	}
}

func TestFiltersThatAreRefused(t *testing.T) {
	for _, entry := range []string{`5`, `{}`, `{"column":"a"}`, `{"column":"a","condition":"regex"}`, `{"column":"a","condition":"=="}`,
		`{"column":"a","condition":"==","value":[1]}`, `{"column":"a","condition":"contains","value":true}`, `{"column":"a","condition":">","value":"x"}`,
		`{"column":"a","condition":"between","value":{"from":1}}`, `{"column":"a","condition":"oneof","value":[[1]]}`,
		`{"column":"a","condition":"dateis","value":"2023-02-29"}`, `{"column":"a","condition":"dateis","value":"24:00"}`,
		`{"column":"a","condition":"dateis","value":"2023-02-28,5"}`, `{"column":"a","condition":"dateis","value":"2023-02-28","unit":5}`,
		`{"column":"a","condition":"dateis","value":"09:00","unit":"day"}`, `{"column":"a","condition":"dateis","value":1700000000}`,
		`{"column":"a","condition":"datebetween","from":{"value":"09:00"},"to":{"value":"2023-02-28"}}`} {
		if q, err := Parse([]byte(`{"$filters":[` + entry + `]}`)); err == nil {
			t.Errorf("%s is taken as %s", entry, q)
		}
	}
}
