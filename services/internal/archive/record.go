package archive

// Record is one received payload, read and packed, ready to be stored.
type Record struct {
	Facts  Facts
	Reason string // why it is no event; empty when it is one
	Raw    []byte
	Form   Form
	Packed []byte
}

// Prepare makes payloads ready to be stored.
func Prepare(raws [][]byte) []Record {
	records := make([]Record, len(raws))
	for i, raw := range raws {
		r := &records[i]
		r.Raw = raw
		r.Facts, r.Reason = FactsOf(raw)
		r.Form, r.Packed = Pack(raw)
	}
	return records
}
