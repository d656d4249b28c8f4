package where

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestWordsOfAnEvent(t *testing.T) {
	got := strings.Join(Words([]byte(anEvent)), " ")
	want := "evt 3nq8zxkz6o5x0ab81xk9mq2l ch 3nq8zxkz6o5x0ab81ab7cd3e txn 3nq8zxkz6o5x0ab81pq5rs6t jane roe example com 49 221 9258470 " +
		"bursar shop cus nffrfeufnv2hib order 10432 2 house blend channel web pi 3nq8zxkz6o5x0ab81uv8wx9y pm 1nq8zwkz6o5x0ab8yz0ab1cd 4242"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestWhatOfAnEventIsSearched(t *testing.T) {
	for object, want := range map[string]string{
		`{"status":"requires_payment_method","brand":"visa","url":"https://pay.example/c/cs_test_a1B2c3D4e5"}`:      "",
		`{"client_secret":"pi_3Nq8ZxKZ6o5X0aB8_secret_9xYz0aB1cD2e"}`:                                               "",
		`{"charge":"ch_1AbCdEfGh2","refunds":["re_1AbCdEfGh3"],"x":"ch_short1","y":"cs_test_a1B2c3D4"}`:             "ch 1abcdefgh2 re 1abcdefgh3 cs test a1b2c3d4",
		`{"lines":{"data":[{"description":"2 × Tea","price":{"product":"prod_Ab1Cd2Ef"}},{"description":"Milk"}]}}`: "2 tea prod ab1cd2ef milk",
		`{"metadata":{"Größe":"XL","\u006eote":"a\nb \u00e9","n":5},"address":{"city":"Rome"}}`:                     "grosse xl note a b e n",
		`{"x":"we2_1AbCdEfGh","y":"Ab_1AbCdEfGh"}`:                                                                  "we2 1abcdefgh",
		`{"name":null,"email":["a@b.c"],"number":12}`:                                                               "a b c",
		`{"id":"a"},"object":{"id":"b"}`:                                                                            "a b",
	} {
		if got := strings.Join(Words([]byte(`{"data":{"object":`+object+`,"previous_attributes":{"name":"Old"}},"type":"x.y","request":{"id":"req_1"}}`)), " "); got != want {
			t.Errorf("%s: %q, not %q", object, got, want)
		}
	}
	thin := `{"id":"evt_1","type":"v2.core.account.created","related_object":{"id":"acct_1AbCdEfGh","type":"v2.core.account"}}`
	if got := Words([]byte(thin)); !slices.Equal(got, []string{"evt", "1", "acct", "1abcdefgh"}) {
		t.Errorf("%s: %q", thin, got)
	}
}

func TestWordsAreFolded(t *testing.T) {
	for text, want := range map[string]string{
		"Jane O'Brien-Łukasz":         "jane o brien lukasz",
		"ÀÉÎÕÜ ßẞ Æ œ İI ĐŧØ":         "aeiou ssss ae oe ii dto",
		"Cafe\u0301 CAFÉ":             "cafe",
		"Άλφα ΌΣΟΣ όσος":              "αλφα οσοσ",
		"Ёжик и\u0306 й":              "ежик и",
		"Nguyễn Việt":                 "nguyen viet",
		"山田 taro ひら":                  "山 田 taro ひ ら",
		"नमस्ते":                      "नमस्ते",
		"a_b.c@d+e":                   "a b c d e",
		"١٢":                          "١٢",
		"!?\xff":                      "",
		strings.Repeat("é", 99):       strings.Repeat("e", 64),
		strings.Repeat("ж", 99):       strings.Repeat("ж", 32),
		"x" + strings.Repeat("ж", 99): "x" + strings.Repeat("ж", 31),
	} {
		if got := strings.Join(QueryWords(text), " "); got != want {
			t.Errorf("%q is split into %q, not %q", text, got, want)
		}
	}
}

func TestSearchFindsByPrefix(t *testing.T) {
	for text, want := range map[string]bool{
		"jane": true, "JAN ROE": true, "cus_NffrFeUfNV2Hib": true, "jane@example.com": true, "10432 blend": true, "köln": false, "ane": false, "jane doe": false,
	} {
		m := mustParse(t, `{"$search":"`+text+`"}`).Matcher()
		for range 2 {
			if got, err := m.Match([]byte(anEvent), Facts{}); got != want || err != nil {
				t.Errorf("%q: %v, %v", text, got, err)
			}
		}
	}
}

func TestManyWords(t *testing.T) {
	var text strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&text, "w%d ", i)
	}
	doc := []byte(`{"data":{"object":{"name":"` + text.String() + `"}}}`)
	words := Words(doc)
	if len(words) != maxWords || words[0] != "w0" || words[maxWords-1] != "w2047" {
		t.Errorf("%d words, to %q", len(words), words[len(words)-1])
	}
	for query, want := range map[string]bool{"w2047": true, "w2048": false} {
		m := mustParse(t, `{"$search":"`+query+`"}`).Matcher()
		if got, _ := m.Match(doc, Facts{}); got != want {
			t.Errorf("%s: %v", query, got)
		}
	}
}
