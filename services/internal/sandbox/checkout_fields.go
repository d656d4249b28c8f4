package sandbox

import (
	"strings"
	"unicode/utf8"

	"bursar/services/internal/sandbox/pages"
)

// customFieldsParam are questions that the page asks for the merchant.
func customFieldsParam() param {
	length := hash(opt("minimum_length", atLeast(0)), opt("maximum_length", atLeast(1)))
	return opt("custom_fields", atMost(3, hash(
		req("key", upTo(200)), req("label", hash(req("custom", upTo(50)), req("type", oneOf("custom")))), req("type", oneOf("dropdown", "numeric", "text")), opt("optional", boolean),
		opt("dropdown", hash(req("options", atMost(200, hash(req("label", upTo(100)), req("value", upTo(100))))))), opt("numeric", length), opt("text", length))))
}

// keepCustomFields checks custom_fields and puts them on the session, unanswered.
func (c *call) keepCustomFields(o object) error {
	fields, keys := []any{}, map[string]bool{}
	for i, e := range itemsAt(c.given, "custom_fields") {
		given, at := e.(object), nest("custom_fields", itoa(int64(i)))
		key, kind := str(given, "key"), str(given, "type")
		about := hashAt(given, kind)
		switch {
		case !alphanumeric(key):
			return invalid(nest(at, "key"), "", "Invalid key: use letters and digits only.")
		case keys[key]:
			return invalid(nest(at, "key"), "", "Each custom field needs a key of its own; `%s` is there twice.", key)
		case kind == "dropdown" && len(itemsAt(about, "options")) == 0:
			return invalid(nest(at, "dropdown"), "parameter_missing", "Missing required param: %s[dropdown][options].", at)
		case num(about, "maximum_length") > 0 && num(about, "minimum_length") > num(about, "maximum_length"):
			return invalid(nest(nest(at, kind), "minimum_length"), "", "Invalid minimum_length: must not be more than maximum_length.")
		}
		for _, other := range []string{"dropdown", "numeric", "text"} {
			if other != kind && given[other] != nil {
				return invalid(nest(at, other), "", "`%s` can only be passed with `type=%s`.", other, other)
			}
		}
		for n, option := range itemsAt(about, "options") {
			if !alphanumeric(str(option.(object), "value")) {
				return invalid(nest(at, "dropdown")+"[options]["+itoa(int64(n))+"][value]", "", "Invalid value: use letters and digits only.")
			}
		}
		keys[key] = true
		field := object{"dropdown": nil, "key": key, "label": given["label"], "numeric": nil, "optional": yes(given, "optional"), "text": nil, "type": kind}
		if kind == "dropdown" {
			field[kind] = object{"options": about["options"], "value": nil}
		} else {
			field[kind] = object{"maximum_length": about["maximum_length"], "minimum_length": about["minimum_length"], "value": nil}
		}
		fields = append(fields, field)
	}
	o["custom_fields"] = fields
	return nil
}

func alphanumeric(s string) bool {
	return s != "" && strings.Trim(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz0123456789") == ""
}

// customFields draws a session's questions.
func customFields(s object) []pages.CustomField {
	var list []pages.CustomField
	for _, e := range itemsAt(s, "custom_fields") {
		field := e.(object)
		kind := str(field, "type")
		f := pages.CustomField{Key: str(field, "key"), Label: str(field, "label.custom"), Type: kind, Optional: yes(field, "optional"),
			MinLength: int(num(field, kind+".minimum_length")), MaxLength: int(num(field, kind+".maximum_length"))}
		for _, o := range itemsAt(field, "dropdown.options") {
			f.Options = append(f.Options, pages.Option{Value: str(o.(object), "value"), Label: str(o.(object), "label")})
		}
		list = append(list, f)
	}
	return list
}

// answerFields checks the answers and keeps them on the session.
func answerFields(s object, answers map[string]string) error {
	for _, e := range itemsAt(s, "custom_fields") {
		field := e.(object)
		key, kind := str(field, "key"), str(field, "type")
		answer := strings.TrimSpace(answers[key])
		if message := wrongAnswer(field, kind, answer); message != "" {
			return &pages.Problem{Field: pages.CustomFieldID(key), Message: message}
		}
		hashAt(field, kind)["value"] = orNil(answer)
	}
	return nil
}

func wrongAnswer(field object, kind, answer string) string {
	length := int64(utf8.RuneCountInString(answer))
	least, most := num(field, kind+".minimum_length"), num(field, kind+".maximum_length")
	switch {
	case answer == "" && yes(field, "optional"):
		return ""
	case answer == "":
		return "This field is required."
	case kind == "numeric" && strings.Trim(answer, "0123456789") != "":
		return "Type digits only."
	case kind == "dropdown" && !offers(field, answer):
		return "Choose one of the options."
	case kind != "dropdown" && length < least:
		return "Type at least " + itoa(least) + " characters."
	case kind != "dropdown" && length > most && most > 0, length > 255:
		if most == 0 {
			most = 255
		}
		return "Type at most " + itoa(most) + " characters."
	}
	return ""
}

func offers(field object, value string) bool {
	for _, o := range itemsAt(field, "dropdown.options") {
		if o.(object)["value"] == value {
			return true
		}
	}
	return false
}
