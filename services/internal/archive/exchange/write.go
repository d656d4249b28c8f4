package exchange

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"strconv"
	"time"

	"bursar/services"
)

// encoder renders events in a format.
type encoder struct {
	format   string
	envelope bool
	row      *csv.Writer
	out      bytes.Buffer
}

func newEncoder(format string, envelope bool) *encoder {
	e := &encoder{format: format, envelope: envelope}
	e.row = csv.NewWriter(&e.out)
	return e
}

// begin is what stands before the first event.
func (e *encoder) begin() []byte {
	switch e.format {
	case services.FormatJSON:
		return []byte("[")
	case services.FormatCSV:
		e.out.Reset()
		_ = e.row.Write(columns[:]) // a buffer takes everything
		e.row.Flush()
		return e.out.Bytes()
	}
	return nil
}

// end is what stands after the last event.
func (e *encoder) end(events int) []byte {
	switch {
	case e.format != services.FormatJSON:
		return nil
	case events == 0:
		return []byte("]\n")
	}
	return []byte("\n]\n")
}

// event renders one event; before is how many stand before it. The memory is
// used again.
func (e *encoder) event(event services.Event, before int) (text []byte, err error) {
	e.out.Reset()
	if e.format == services.FormatCSV {
		_ = e.row.Write(cells(event)) // a buffer takes everything
		e.row.Flush()
		return e.out.Bytes(), nil
	}
	text = e.out.AvailableBuffer()
	switch {
	case e.format == services.FormatJSON && before > 0:
		text = append(text, ",\n"...)
	case e.format == services.FormatJSON:
		text = append(text, '\n')
	}
	if e.envelope {
		text, err = appendEnvelope(text, event)
	} else {
		line, layout := onOneLine(event.Raw)
		if layout == layoutAsIs {
			line = withoutSpace(line)
		}
		text = append(text, line...)
	}
	if e.format == services.FormatNDJSON {
		text = append(text, '\n')
	}
	e.out.Write(text)
	return e.out.Bytes(), err
}

// columns are those of a CSV export. The last two are what an import needs.
var columns = [...]string{"id", "type", "created", "customer", "object", "object_type", "amount", "currency", "outcome",
	"livemode", "api_version", "request_id", "received", "source", "layout", "event"}

// cells are an event's columns.
func cells(e services.Event) []string {
	amount, currency := "", ""
	if e.Amount != nil {
		amount, currency = e.Amount.Decimal(), e.Amount.Currency
	}
	line, layout := onOneLine(e.Raw)
	text := string(line)
	if layout == layoutRaw {
		text = base64.StdEncoding.EncodeToString(e.Raw)
	}
	return []string{e.ID, e.Type, e.Created.UTC().Format(time.RFC3339), e.Customer, e.ObjectID, e.ObjectType, amount, currency, string(e.Outcome),
		strconv.FormatBool(e.Livemode), e.APIVersion, e.RequestID, e.Received.UTC().Format(time.RFC3339Nano), string(e.Source), layout, text}
}
