package pages

import (
	"cmp"
	"strconv"

	g "maragu.dev/gomponents"
)

// fieldGrid draws the fields of a form.
func fieldGrid(fields []field) g.Node {
	return el("div", class("fields"), g.Map(fields, field.draw))
}

// fieldSection is a titled part of a form; nothing without fields.
func fieldSection(legend string, fields []field, above ...g.Node) g.Node {
	if len(fields) == 0 {
		return nil
	}
	return el("fieldset", class("section"), el("legend", text(legend)), g.Group(above), fieldGrid(fields))
}

// draw is the field with its label above it, and what explains it below.
func (f field) draw() g.Node {
	width := "field"
	if f.Half {
		width += " half"
	}
	input := f.input
	if f.Type == "select" {
		input = f.choose
	}
	return el("div", class(width),
		f.label(),
		input(),
		fieldError(f.ID, f.Error),
		g.If(f.Hint != "", el("p", class("hint"), attr("id", f.ID+"-hint"), text(f.Hint))),
	)
}

func (f field) label() g.Node {
	return el("label", attr("for", f.ID), text(f.Label),
		g.If(f.Of != "", unseen(" of "+f.Of)),
		g.If(!f.Required && !f.ReadOnly, g.Group{text(" "), optional()}),
	)
}

// choose is a select of the field's choices.
func (f field) choose() g.Node {
	return el("select", class("input"), attr("id", f.ID), attr("name", cmp.Or(f.Name, f.ID)), attr("autocomplete", f.Autocomplete), f.state(),
		g.Map(f.Choices, func(c choice) g.Node {
			return el("option", attr("value", c.Value), on("selected", c.Value == f.Value), text(c.Label))
		}),
	)
}

func (f field) input() g.Node {
	return el("input", class("input"), attr("id", f.ID), attr("name", cmp.Or(f.Name, f.ID)), attr("type", cmp.Or(f.Type, "text")), attr("value", f.Value), auto(), attr("autocomplete", f.Autocomplete),
		given("inputmode", f.InputMode),
		given("placeholder", f.Placeholder),
		g.If(f.Pattern != "", g.Group{attr("pattern", f.Pattern), attr("title", f.Wanted)}),
		given("min", f.Min),
		given("max", f.Max),
		g.If(f.MinLength != 0, attr("minlength", strconv.Itoa(f.MinLength))),
		g.If(f.MaxLength != 0, attr("maxlength", strconv.Itoa(f.MaxLength))),
		on("readonly", f.ReadOnly),
		f.state(),
	)
}

// state is what the browser and who listens must know about the field.
func (f field) state() g.Node {
	return g.Group{on("required", f.Required), g.If(f.Error != "", attr("aria-invalid", "true")), given("aria-describedby", f.DescribedBy())}
}

// fieldError tells what is wrong with the field of an id; nothing for no message.
func fieldError(id, message string) g.Node {
	if message == "" {
		return nil
	}
	return el("p", class("field-error"), attr("id", id+"-error"), exclamation(), el("span", auto(), text(message)))
}
