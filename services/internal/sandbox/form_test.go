package sandbox

import (
	"strings"
	"testing"
)

func TestParseForm(t *testing.T) {
	for _, tc := range []struct{ form, want string }{
		{"", `{}`},
		{"a=1&b=", `{"a":"1","b":""}`},
		{"a=1&a=2", `{"a":"2"}`},
		{"a[b]=1&a[c][d]=2", `{"a":{"b":"1","c":{"d":"2"}}}`},
		{"a[]=x&a[]=y", `{"a":["x","y"]}`},
		{"a[1]=y&a[0]=x", `{"a":["x","y"]}`},
		{"a[5]=y&a[2]=x", `{"a":["x","y"]}`},
		{"a[][k]=1&a[][j]=2&a[][k]=3", `{"a":[{"j":"2","k":"1"},{"k":"3"}]}`},
		{"a[][k][x]=1&a[][k][y]=2&a[][k][x]=3", `{"a":[{"k":{"x":"1","y":"2"}},{"k":{"x":"3"}}]}`},
		{"a%5Bb%5D=c%20d+e", `{"a":{"b":"c d e"}}`},
		{"a=%F0%9F%8D%B5&b=%ff", `{"a":"🍵","b":"` + "\uFFFD" + `"}`},
		{"&&a=1&", `{"a":"1"}`},
		{"a", `{"a":""}`},
	} {
		root := &node{}
		if err := parseForm(root, tc.form); err != nil {
			t.Errorf("%s: %v", tc.form, err)
			continue
		}
		got := "{}"
		if len(root.keys) > 0 {
			got = string(compact(root.plain()))
		}
		if got != tc.want {
			t.Errorf("%s: got %s, want %s", tc.form, got, tc.want)
		}
	}
	for _, bad := range []string{"a[=1", "a]=1", "a[b]c=1", "[a]=1", "a[[b]]=1", "=1", "a=1&a[b]=2", "a[b]=1&a=2", "%zz=1", "a=%zz", "a[b][c][d][e][f][g][h][i]=1", strings.Repeat("a=1&", 2001)} {
		if parseForm(&node{}, bad) == nil {
			t.Errorf("%.40s was accepted", bad)
		}
	}
}

func FuzzForm(f *testing.F) {
	for _, seed := range []string{"a=1", "a[]=x&a[]=y", "a[][k]=1&a[][k]=2", "a[b][c]=%20", "metadata[0]=x", "a[1]=b&a[x]=c", "expand[0]=customer&limit=3"} {
		f.Add(seed)
	}
	params := []param{opt("a", arrayOf(hash(opt("k", text)))), opt("metadata", metadata), opt("b", hash(opt("c", integer))), opt("created", span), opt("any", anything), opt("u", link), opt("d", decimal)}
	f.Fuzz(func(t *testing.T, form string) {
		root := &node{}
		if parseForm(root, form) != nil {
			return
		}
		compact(root.plain())
		if given, err := validate(&tx{}, root, params); err == nil {
			compact(given)
		}
	})
}

func FuzzQuery(f *testing.F) {
	for _, seed := range []string{`email:"a@b"`, `name~"abc" AND -created>5`, `metadata["k"]:'v\'w'`, "name:null OR amount<=7"} {
		f.Add(seed)
	}
	fields := searchFields("email:s created:n active:b")
	f.Fuzz(func(t *testing.T, q string) {
		if clauses, anyOf, err := parseQuery(q, fields); err == nil {
			fits(object{"email": "x", "created": int64(1), "active": true}, clauses, anyOf)
		}
	})
}

func FuzzExpiry(f *testing.F) {
	f.Add("12 / 30")
	f.Fuzz(func(t *testing.T, s string) {
		if month, year, ok := parseExpiry(s); ok && (month < 1 || month > 12 || year < 0) {
			t.Errorf("%q is %d/%d", s, month, year)
		}
	})
}

func TestParseExpiry(t *testing.T) {
	for s, want := range map[string][2]int64{"12 / 34": {12, 2034}, "0134": {1, 2034}, "1/34": {1, 2034}, "03-2031": {3, 2031}, "032031": {3, 2031}, "3.29": {3, 2029}} {
		if m, y, ok := parseExpiry(s); !ok || m != want[0] || y != want[1] {
			t.Errorf("%q: %d %d %v", s, m, y, ok)
		}
	}
	for _, s := range []string{"", "13/30", "0/30", "12", "12/3", "ab/cd", "1/234", "-1/30"} {
		if _, _, ok := parseExpiry(s); ok {
			t.Errorf("%q was accepted", s)
		}
	}
}

func TestMoneyRules(t *testing.T) {
	for _, tc := range []struct {
		decimal string
		times   int64
		want    int64
	}{{"0.5", 1, 1}, {"0.4", 1, 0}, {"0.333333333333", 3, 1}, {"12.5", 2, 25}, {"99.995", 100, 10000}} {
		price := object{"unit_amount": nil, "unit_amount_decimal": tc.decimal}
		if got := (&tx{}).lineAmount(price, tc.times); got != tc.want {
			t.Errorf("%d × %s: %d, want %d", tc.times, tc.decimal, got, tc.want)
		}
	}
	for _, tc := range []struct {
		currency     string
		amount, kept int64
	}{{"eur", 2500, 103}, {"jpy", 14800, 459}, {"kwd", 4750, 230}} {
		if got := fee(tc.amount, tc.currency); got != tc.kept {
			t.Errorf("fee of %d %s: %d, want %d", tc.amount, tc.currency, got, tc.kept)
		}
	}
}
