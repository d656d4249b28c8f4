package pages

import (
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// page is a whole document: the head that every page has, and a body.
func (f frame) page(body ...g.Node) g.Node {
	return h.Doctype(el("html", attr("lang", "en"),
		el("head",
			el("meta", attr("charset", "utf-8")),
			el("meta", attr("name", "viewport"), attr("content", "width=device-width, initial-scale=1")),
			el("meta", attr("name", "robots"), attr("content", "noindex")),
			el("meta", attr("name", "color-scheme"), attr("content", "light dark")),
			el("title", text(f.Title)),
			el("link", attr("rel", "icon"), attr("type", "image/svg+xml"), href(local(f.Icon))),
			el("link", attr("rel", "stylesheet"), href(local(f.Style))),
		),
		el("body", body...),
	))
}

// alone is a page with one card in the middle; above is what stands over it,
// beside the badge.
func (f frame) alone(above g.Node, card ...g.Node) g.Node {
	return f.page(class("alone"), bar(above), el("main", class("card"), g.Group(card)), foot())
}

// bar is the row at the top of such a page.
func bar(above g.Node) g.Node { return el("div", class("bar"), above, badge()) }

func badge() g.Node { return el("p", class("badge"), text("SANDBOX · no money moves")) }

// brand is a merchant's name with its monogram.
func brand(name string) g.Node {
	return el("p", class("brand-name"),
		el("span", class("monogram "+mark(name)), silent(), text(initial(name))),
		isolated(name),
	)
}

func foot() g.Node {
	return el("footer", class("foot"), el("p", text("This page belongs to a bursar sandbox. It takes test cards only, and nothing on it reaches a bank.")))
}

// draw is the page with one message.
func (v notice) draw() g.Node {
	return v.alone(nil,
		el("p", class("sign"), silent(), text("?")),
		el("h1", text(v.Heading)),
		el("p", class("muted"), auto(), text(v.Text)),
		el("p", class("fine"), text("Status "+strconv.Itoa(v.Code))),
	)
}
