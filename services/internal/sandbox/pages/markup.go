package pages

import (
	"time"

	g "maragu.dev/gomponents"
)

// Every page is made of the words below, and these of the library's, which
// escapes all text and every value. The first three are not inlined, and the
// library's html package, which is, is not used for them: each inlined call is a
// copy of the library's code, and the pages have a thousand (0.7 MiB measured).

// el is an element; the attributes among its parts become its own.
//
//go:noinline
func el(name string, parts ...g.Node) g.Node { return g.El(name, parts...) }

// attr is an attribute. Those that hold addresses are made by href and action.
//
//go:noinline
func attr(name, value string) g.Node { return g.Attr(name, value) }

//go:noinline
func text(words string) g.Node { return g.Text(words) }

func class(names string) g.Node { return attr("class", names) }

// auto lets text from outside run the way that it is written.
func auto() g.Node { return attr("dir", "auto") }

// on is an attribute without a value, when it is set.
func on(name string, set bool) g.Node { return g.If(set, attr(name, "")) }

// given is an attribute that is left out when it is empty.
func given(name, value string) g.Node { return g.If(value != "", attr(name, value)) }

// silent hides a sign from who listens to the page.
func silent() g.Node { return attr("aria-hidden", "true") }

// unseen is text for who listens to the page only.
func unseen(words string) g.Node { return el("span", class("hidden"), text(words)) }

// isolated is text from outside within a sentence, whichever way it is written.
func isolated(words string) g.Node { return el("bdi", text(words)) }

// optional marks a field that may stay empty.
func optional() g.Node { return el("span", class("optional"), text("(optional)")) }

// exclamation is the sign beside what is wrong.
func exclamation() g.Node { return el("span", class("mark"), silent(), text("!")) }

// day is a date that programs can read too.
func day(t time.Time) g.Node { return el("time", attr("datetime", iso(t)), text(date(t))) }

// hidden is a field that is sent and not seen.
func hidden(name, value string) g.Node {
	return el("input", attr("type", "hidden"), attr("name", name), attr("value", value))
}

// postForm is a form that changes something, with its token.
func postForm(to address, token string, parts ...g.Node) g.Node {
	return el("form", attr("method", "post"), action(to), hidden(tokenField, token), g.Group(parts))
}

// submit is a form's button.
func submit(look string, parts ...g.Node) g.Node {
	return el("button", attr("type", "submit"), class(look), g.Group(parts))
}

// button is a link that looks like one.
func button(look string, to address, parts ...g.Node) g.Node {
	return el("a", class(look), href(to), g.Group(parts))
}

// testID names what Stripe's own page names so, for tests written against it.
func testID(name string) g.Node { return attr("data-testid", name) }

// box is a checkbox or a radio button within its label.
type box struct {
	Kind, ID, Name, Value string
	Chosen                bool
	More                  g.Group // further attributes of the input
}

func (b box) labelled(parts ...g.Node) g.Node {
	return el("label", class("check"), attr("for", b.ID),
		el("input", attr("type", b.Kind), attr("id", b.ID), attr("name", b.Name), attr("value", b.Value), on("checked", b.Chosen), b.More),
		g.Group(parts),
	)
}
