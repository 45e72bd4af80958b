//! Which words a file may hold.
//!
//! Takes the bytes of a file; answers whether an identifier may stand in it as a whole word, without the bytes.
//! Invariant: a word that stands there is never denied; one in about a hundred that does not may be granted.

use crate::source::of_a_word;

/// The words of a file as a Bloom filter: about ten bits a word, two of them set.
#[derive(Debug)]
pub struct Vocabulary {
    bits: Box<[u64]>,
}

/// Bits for each word of a file. A word that comes again needs none, so there are more than ten for a different one.
const BITS_PER_WORD: usize = 4;

impl Vocabulary {
    /// The words of a text.
    pub fn new(bytes: &[u8]) -> Self {
        let words = || {
            bytes
                .split(|byte| !of_a_word(*byte))
                .filter(|word| word.len() > 1)
        };
        let size = (words().count() * BITS_PER_WORD / 64).next_power_of_two();
        let mut found = Self {
            bits: vec![0; size].into(),
        };
        for word in words() {
            for bit in found.bits_of(word) {
                found.bits[bit / 64] |= 1 << (bit % 64);
            }
        }
        found
    }

    /// Whether `word` may stand in the text. What is no identifier of at least two bytes always may.
    pub fn may_hold(&self, word: &str) -> bool {
        let word = word.as_bytes();
        if word.len() < 2 || !word.iter().all(|byte| of_a_word(*byte)) {
            return true;
        }
        self.bits_of(word)
            .iter()
            .all(|bit| self.bits[bit / 64] & (1 << (bit % 64)) != 0)
    }

    fn bits_of(&self, word: &[u8]) -> [usize; 2] {
        // FNV-1a: the words are short, and the two halves of the hash are two hashes.
        let hash = word.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let mask = self.bits.len() * 64 - 1;
        [(hash >> 32) as usize & mask, hash as usize & mask]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_stand_there_are_never_denied() {
        let text = "def read_rows(self):\n    return self.größe + [x.name for x in ROWS]\n";
        let vocabulary = Vocabulary::new(text.as_bytes());
        for word in ["def", "read_rows", "self", "größe", "name", "ROWS", "x"] {
            assert!(vocabulary.may_hold(word), "{word}");
        }
    }

    #[test]
    fn most_words_that_do_not_are() {
        let text: String = (0..1000)
            .map(|number| format!("name_{number} = 1\n"))
            .collect();
        let vocabulary = Vocabulary::new(text.as_bytes());
        let granted = (0..1000)
            .filter(|number| vocabulary.may_hold(&format!("other_{number}")))
            .count();
        assert!(granted < 150, "{granted}");
        assert!(!Vocabulary::new(b"").may_hold("anything"));
    }
}
