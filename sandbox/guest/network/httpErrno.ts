/** Which errno a failure of the network is. */
import { type ErrnoName, WasiError } from '../../wasi/errno.ts';

const BY_CODE: Readonly<Record<string, ErrnoName>> = {
  EAI_AGAIN: 'HOSTUNREACH',
  EAI_FAIL: 'HOSTUNREACH',
  EAI_NODATA: 'HOSTUNREACH',
  EADDRNOTAVAIL: 'NETUNREACH',
  ECONNABORTED: 'CONNABORTED',
  ECONNREFUSED: 'CONNREFUSED',
  ECONNRESET: 'CONNRESET',
  EHOSTDOWN: 'HOSTUNREACH',
  EHOSTUNREACH: 'HOSTUNREACH',
  EMFILE: 'NFILE',
  ENETDOWN: 'NETUNREACH',
  ENETUNREACH: 'NETUNREACH',
  ENOTFOUND: 'HOSTUNREACH',
  EPIPE: 'CONNRESET',
  EPROTO: 'PROTO',
  ETIMEDOUT: 'TIMEDOUT',
  UND_ERR_CONNECT_TIMEOUT: 'TIMEDOUT',
  UND_ERR_HEADERS_OVERFLOW: 'PROTO',
  UND_ERR_INVALID_ARG: 'INVAL',
  UND_ERR_NOT_SUPPORTED: 'INVAL',
  UND_ERR_REQ_CONTENT_LENGTH_MISMATCH: 'INVAL',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'PROTO',
  UND_ERR_SOCKET: 'CONNRESET',
};

/** OpenSSL's and Node's names for certificates and handshakes that fail, and llhttp's for what is not HTTP. */
const PROTOCOL = /^(?:ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HPE_|HOSTNAME_MISMATCH|INVALID_)/;

export function httpErrno(error: unknown): ErrnoName {
  if (error instanceof WasiError) return error.message as ErrnoName;
  // Several addresses were tried.
  if (error instanceof AggregateError && error.errors.length > 0) return httpErrno(error.errors[0]);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const known = BY_CODE[code];
  if (known !== undefined) return known;
  // undici gives it a code only sometimes.
  if (error instanceof Error && error.name === 'HTTPParserError') return 'PROTO';
  return PROTOCOL.test(code) ? 'PROTO' : 'IO';
}
