// The one function of unix-crypt-td-js: traditional DES crypt(3). Bytes or text in, the 13 characters out.
declare module 'unix-crypt-td-js' {
  export default function unixCryptTD(password: string | readonly number[], salt: string): string;
}
