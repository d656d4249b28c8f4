package sandbox

import (
	"math/big"
	"net/url"
	"strings"

	"bursar/services"
)

// currencies are the ISO codes that Stripe charges in.
const currencies = " usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl hrk htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd std szl thb tjs tnd top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd xof xpf yer zar zmw "

func currencyValue(s, name string) (any, error) {
	c := strings.ToLower(s)
	if len(c) != 3 || !strings.Contains(currencies, " "+c+" ") {
		return nil, invalid(name, "", "Invalid currency: %s. Stripe currently supports these currencies: %s", c, strings.Join(strings.Fields(currencies), ", "))
	}
	return c, nil
}

func validEmail(s string) bool { return services.CheckEmail(s) == nil && !strings.HasSuffix(s, ".") }

func validURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil
}

// parseDecimal reads a decimal number of up to twelve places exactly.
func parseDecimal(s string) (*big.Rat, bool) {
	whole, places, _ := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	if whole == "" || len(places) > 12 || len(whole) > 12 || strings.Trim(whole+places, "0123456789") != "" {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}

// roundHalfUp rounds to whole minor units, halves away from zero.
func roundHalfUp(r *big.Rat) int64 {
	twice := new(big.Int).Mul(r.Num(), big.NewInt(2))
	if r.Sign() >= 0 {
		twice.Add(twice, r.Denom())
	} else {
		twice.Sub(twice, r.Denom())
	}
	return new(big.Int).Quo(twice, new(big.Int).Mul(r.Denom(), big.NewInt(2))).Int64()
}

// maxAmount is the largest charge, eight digits of minor units (2.10).
const maxAmount = 99_999_999

// fee is what the sandbox takes of a charge: 2.9 % and 30 minor units, or their
// like in a currency of three decimals (2.10).
func fee(amount int64, currency string) int64 {
	variable := (amount*29 + 500) / 1000
	if services.Exponent(currency) == 3 {
		return (variable + 95) / 10 * 10
	}
	return variable + 30
}
