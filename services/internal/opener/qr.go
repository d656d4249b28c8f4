package opener

import (
	"rsc.io/qr"

	"bursar/services"
)

// QR encodes an address at the lowest error correction, which makes the smallest
// code: it is read off a clean screen. short is the address that it holds.
func (o *Opener) QR(address string) (code services.QRCode, short string, err error) {
	if short, err = checked(address); err != nil {
		return services.QRCode{}, "", err
	}
	if o.shorten != nil {
		if short, err = checked(o.shorten(short)); err != nil {
			return services.QRCode{}, "", err
		}
	}
	c, err := qr.Encode(short, qr.L)
	if err != nil {
		return services.QRCode{}, "", &services.Error{Code: services.CodeInvalid, Op: "making the QR code", Field: "url",
			Message: "The address is too long for a QR code.", Next: "Copy the address instead.", Err: err}
	}
	code = services.QRCode{Size: c.Size, Dark: make([]bool, 0, c.Size*c.Size)}
	for y := range c.Size {
		for x := range c.Size {
			code.Dark = append(code.Dark, c.Black(x, y))
		}
	}
	return code, short, nil
}
