/** A key and a certificate that signs itself, for localhost, valid from 2020 to 2119. Made once for the tests, by:
 *    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost \
 *      -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -not_before 20200101000000Z -not_after 21200101000000Z \
 *      -keyout test/fixtures/tls-key.pem -out test/fixtures/tls-cert.pem
 */
import { readFileSync } from 'node:fs'

export const key = readFileSync('test/fixtures/tls-key.pem', 'utf8')
export const cert = readFileSync('test/fixtures/tls-cert.pem', 'utf8')
