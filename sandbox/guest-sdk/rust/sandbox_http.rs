//! HTTP for guests of the sandbox. Copy this file beside your own, list the address in `sandbox.json` under
//! `network.allow`, and ask:
//!
//! ```ignore
//! mod sandbox_http;
//! let response = sandbox_http::get("https://api.example.com/items")?;
//! println!("{}: {}", response.status, String::from_utf8_lossy(&response.body));
//! ```
//!
//! Build for `wasm32-wasip1` (`wasm32-wasi` before Rust 1.78). The documentation is in docs/network.md.

#![allow(dead_code)]

/// An errno of WASI: 2 (ACCES) when `sandbox.json` does not allow it, 73 (TIMEDOUT), 14 (CONNREFUSED), 23 (HOSTUNREACH), …
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Errno(pub u32);

impl std::fmt::Display for Errno {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "errno {}", self.0)
    }
}

impl std::error::Error for Errno {}

#[derive(Debug, Clone)]
pub struct Response {
    pub status: u32,
    /// Lines `name: value`, names in lower case.
    pub headers: String,
    pub body: Vec<u8>,
}

pub fn get(url: &str) -> Result<Response, Errno> {
    request("GET", url, "", &[])
}

/// Blocks until all of the response has arrived. `headers` are lines `Name: value`.
pub fn request(method: &str, url: &str, headers: &str, body: &[u8]) -> Result<Response, Errno> {
    let mut head = raw::Head::default();
    check(unsafe {
        raw::request(
            method.as_ptr(),
            method.len(),
            url.as_ptr(),
            url.len(),
            headers.as_ptr(),
            headers.len(),
            body.as_ptr(),
            body.len(),
            &mut head,
        )
    })?;
    let open = Open(head.handle);
    let headers = open.take(head.headers_length as usize)?;
    let body = open.take(head.body_length as usize)?;
    Ok(Response {
        status: head.status,
        headers: String::from_utf8_lossy(&headers).into_owned(),
        body,
    })
}

/// A response that the host holds until it is closed.
struct Open(u32);

impl Open {
    fn take(&self, length: usize) -> Result<Vec<u8>, Errno> {
        let mut buffer = vec![0; length];
        let mut read = 0;
        check(unsafe { raw::read(self.0, buffer.as_mut_ptr(), length, &mut read) })?;
        buffer.truncate(read);
        Ok(buffer)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        unsafe { raw::close(self.0) };
    }
}

fn check(errno: u32) -> Result<(), Errno> {
    if errno == 0 {
        Ok(())
    } else {
        Err(Errno(errno))
    }
}

/// The functions of the import module `sandbox_http` as they are.
pub mod raw {
    /// What the host says of a response: header lines come first, the body follows.
    #[repr(C)]
    #[derive(Debug, Default, Clone, Copy)]
    pub struct Head {
        /// For `read` and `close`.
        pub handle: u32,
        pub status: u32,
        /// Bytes.
        pub headers_length: u32,
        /// Bytes.
        pub body_length: u32,
    }

    #[link(wasm_import_module = "sandbox_http")]
    extern "C" {
        #[allow(clippy::too_many_arguments)]
        pub fn request(
            method: *const u8,
            method_length: usize,
            url: *const u8,
            url_length: usize,
            headers: *const u8,
            headers_length: usize,
            body: *const u8,
            body_length: usize,
            head: *mut Head,
        ) -> u32;
        pub fn read(handle: u32, buffer: *mut u8, length: usize, read: *mut usize) -> u32;
        pub fn close(handle: u32) -> u32;
    }
}
