package pages

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

// outline is what wellFormed collects while it reads a page.
type outline struct {
	ids      map[string]bool
	refs     []string // ids that are referred to
	labelled map[string]bool
	fields   []string // ids of the fields a person fills in
}

// void are HTML's elements without an end tag, as far as the pages use them.
const void = " meta link input "

// wellFormed parses a page strictly, as XML with HTML's entities and its elements
// without an end, and checks that ids are unique and that labels, descriptions and
// fragments lead to them.
func wellFormed(t *testing.T, page string) {
	t.Helper()
	o := outline{ids: map[string]bool{}, labelled: map[string]bool{}}
	d := xml.NewDecoder(strings.NewReader(page))
	d.Entity = xml.HTMLEntity
	var open []string // the elements that have not ended yet
	for {
		tok, err := d.RawToken() // Token would want an end for every element
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("not well formed: %v", err)
		}
		switch e := tok.(type) {
		case xml.StartElement:
			o.element(t, e)
			if !strings.Contains(void, " "+e.Name.Local+" ") {
				open = append(open, e.Name.Local)
			}
		case xml.EndElement:
			if len(open) == 0 || open[len(open)-1] != e.Name.Local {
				t.Fatalf("</%s> does not end what is open: %v", e.Name.Local, open)
			}
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		t.Errorf("no end of %v", open)
	}
	for _, id := range o.refs {
		if !o.ids[id] {
			t.Errorf("nothing has the id %q that is referred to", id)
		}
	}
	for _, id := range o.fields {
		if !o.labelled[id] {
			t.Errorf("field %q has no label", id)
		}
	}
}

func (o *outline) element(t *testing.T, e xml.StartElement) {
	t.Helper()
	attr := map[string]string{}
	for _, a := range e.Attr {
		if _, twice := attr[a.Name.Local]; twice {
			t.Errorf("<%s> has %s twice", e.Name.Local, a.Name.Local)
		}
		attr[a.Name.Local] = a.Value
		if strings.HasPrefix(a.Name.Local, "on") || a.Name.Local == "style" {
			t.Errorf("<%s> has %s=%q", e.Name.Local, a.Name.Local, a.Value)
		}
	}
	if id, ok := attr["id"]; ok {
		if o.ids[id] {
			t.Errorf("id %q is there twice", id)
		}
		o.ids[id] = true
	}
	for _, name := range []string{"aria-describedby", "aria-labelledby", "for"} {
		o.refs = append(o.refs, strings.Fields(attr[name])...)
	}
	if rest, ok := strings.CutPrefix(attr["href"], "#"); ok {
		o.refs = append(o.refs, rest)
	}
	switch e.Name.Local {
	case "script", "iframe", "object", "img":
		t.Errorf("<%s> on the page", e.Name.Local)
	case "label":
		o.labelled[attr["for"]] = true
	case "input", "select", "textarea":
		if attr["type"] != "hidden" {
			o.fields = append(o.fields, attr["id"])
		}
	}
}
