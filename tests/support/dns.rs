//! A name server on loopback whose answers a test writes.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex};
use std::thread;

/// Answers every question for a name by the next of its rounds; the last one
/// is repeated. A round is what the questions for A and AAAA are answered.
pub(crate) struct NameServer {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<usize>>,
}

impl NameServer {
    pub(crate) fn start(rounds: &[&[IpAddr]]) -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let address = socket.local_addr().expect("an address");
        let rounds: Vec<Vec<IpAddr>> = rounds.iter().map(|round| round.to_vec()).collect();
        let asked = Arc::new(Mutex::new(0));
        let count = Arc::clone(&asked);
        thread::spawn(move || {
            let mut buffer = [0; 1500];
            // Questions of each kind so far.
            let (mut v4, mut v6) = (0, 0);
            while let Ok((length, client)) = socket.recv_from(&mut buffer) {
                let Some((question, kind)) = question(&buffer[..length]) else {
                    continue;
                };
                let turn = match kind {
                    1 => &mut v4,
                    28 => &mut v6,
                    _ => continue,
                };
                let round = &rounds[(*turn).min(rounds.len() - 1)];
                *turn += 1;
                *count.lock().expect("no panic") = v4.max(v6);
                let answer = answer(&buffer, question, kind, round);
                let _ = socket.send_to(&answer, client);
            }
        });
        Self { address, asked }
    }

    /// How often a name was looked up.
    pub(crate) fn look_ups(&self) -> usize {
        *self.asked.lock().expect("no panic")
    }
}

/// The question's bytes after the header, and its type.
fn question(message: &[u8]) -> Option<(&[u8], u16)> {
    let mut end = 12;
    while *message.get(end)? != 0 {
        end += 1 + usize::from(message[end]);
    }
    let question = message.get(12..end + 5)?;
    let kind = u16::from_be_bytes([message[end + 1], message[end + 2]]);
    Some((question, kind))
}

fn answer(asked: &[u8], question: &[u8], kind: u16, round: &[IpAddr]) -> Vec<u8> {
    let data: Vec<Vec<u8>> = round
        .iter()
        .filter_map(|address| match (kind, address) {
            (1, IpAddr::V4(address)) => Some(Ipv4Addr::octets(address).to_vec()),
            (28, IpAddr::V6(address)) => Some(Ipv6Addr::octets(address).to_vec()),
            _ => None,
        })
        .collect();
    let count = u8::try_from(data.len()).expect("few");
    // Id; a recursive answer without error; one question, the answers.
    let mut message = vec![asked[0], asked[1], 0x81, 0x80, 0, 1, 0, count, 0, 0, 0, 0];
    message.extend_from_slice(question);
    for data in data {
        // The name of the question, class IN, valid for no time at all.
        message.extend_from_slice(&[0xc0, 12, 0, kind.to_be_bytes()[1], 0, 1, 0, 0, 0, 0, 0]);
        message.push(u8::try_from(data.len()).expect("short"));
        message.extend_from_slice(&data);
    }
    message
}
