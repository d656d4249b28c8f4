package where

import (
	"slices"
	"strings"
	"testing"
)

// TestComplete has the cursor at "|".
func TestComplete(t *testing.T) {
	types := []string{"charge.failed", "charge.succeeded", "invoice.paid", "paid: by \"x\""}
	for _, c := range []struct {
		text string
		want []string // the whole text after each
	}{
		{"st|", []string{"status:"}},
		{"jane -cu|", []string{"jane -customer:", "jane -currency:"}},
		{"(am|) x", []string{"(amount>) x"}},
		{"da|", []string{"data.object."}},
		{"status:f|", []string{"status:failed"}},
		{"status:failed,p|x y", []string{"status:failed,pending y"}},
		{"status:failed|", nil},
		{"type:|", []string{"type:charge.*", "type:charge.failed", "type:charge.succeeded", "type:invoice.*", "type:invoice.paid"}},
		{"-type:Charge.s|", []string{"-type:charge.succeeded"}},
		{"type:a,i|,b", []string{"type:a,invoice.*,b", "type:a,invoice.paid,b"}},
		{"type:PAI|", []string{"type:invoice.paid"}},
		{"type:a,fai|", []string{"type:a,charge.failed"}},
		{"charge|", []string{"type:charge.failed", "type:charge.succeeded"}},
		{"-(pai|d", []string{"-(type:invoice.paid"}},
		{"since:l|", []string{"since:last-week", "since:last-month"}},
		{"currency:jp|", []string{"currency:jpy"}},
		{"live:|", []string{"live:yes", "live:no"}},
		{`status:"f|`, nil},
		{`status:"f"|`, nil},
		{"nothing|", nil},
		{"id:e|", nil},
	} {
		before, after, _ := strings.Cut(c.text, "|")
		text := before + after
		var got []string
		for _, one := range Complete(text, len(before), types) {
			got = append(got, text[:one.From]+one.Text+text[one.To:])
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s goes on as %q", c.text, got)
		}
	}
	if all := Complete("", 0, nil); len(all) < len(textKeys) || all[0].Text != "type:" || all[0].Help == "" {
		t.Errorf("an empty filter begins with %v", all)
	}
}

// TestCompletionsAreRead holds that every value offered is one that is read.
func TestCompletionsAreRead(t *testing.T) {
	for _, k := range textKeys {
		for _, c := range Complete(k.Name+":", len(k.Name)+1, []string{"charge.failed"}) {
			if _, err := ParseText(k.Name+":"+c.Text, noon(), nil); err != nil {
				t.Error(err)
			}
		}
	}
}

func FuzzComplete(f *testing.F) {
	f.Add("type:ch status:", 7)
	f.Add("-(“é", 3)
	f.Fuzz(func(t *testing.T, text string, at int) {
		for _, c := range Complete(text, at, []string{"charge.failed"}) {
			if c.From < 0 || c.From > c.To || c.To > len(text) {
				t.Fatalf("%+v of %q", c, text)
			}
		}
	})
}
