//! Mails as files, one `.eml` a mail, for a look and for whoever has another way to send them.

use super::message::{self, Sender};
use async_trait::async_trait;
use psa_bridge_core::ports::{Mail, MailError, Mailer};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Writes mails into a folder. A mail that is sent again takes the place of the one before.
#[derive(Clone, Debug)]
pub struct FolderMailer {
    folder: PathBuf,
    from: Sender,
}

impl FolderMailer {
    /// Writes into this folder, which is made where there is none.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn open(folder: impl Into<PathBuf>, from: Sender) -> io::Result<Self> {
        let folder = folder.into();
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&folder)?;
        Ok(Self { folder, from })
    }

    fn file(&self, mail: &Mail, end: &str) -> PathBuf {
        self.folder.join(format!("{}.{end}", mail.id))
    }

    /// Where.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

#[async_trait]
impl Mailer for FolderMailer {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let written = message::write(mail, &self.from)?.formatted();
        let (part, whole) = (self.file(mail, "part"), self.file(mail, "eml"));
        // Under its name it is whole: whoever reads the folder never finds half a mail.
        let saved = tokio::task::spawn_blocking(move || {
            fs::write(&part, written)?;
            fs::File::open(&part)?.sync_all()?;
            fs::rename(&part, &whole)
        });
        let failed =
            |error: &dyn std::fmt::Display| MailError::Failed(format!("the folder of mails: {error}"));
        saved.await.map_err(|error| failed(&error))?.map_err(|error| failed(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::{super::message::tests, *};

    #[tokio::test]
    async fn a_mail_is_one_file_however_often_it_is_sent() {
        let folder = tempfile::tempdir().unwrap();
        let mailer = FolderMailer::open(folder.path().join("out"), tests::sender()).unwrap();
        for _ in 0..2 {
            mailer.send(&tests::mail()).await.unwrap();
        }
        let files: Vec<_> = fs::read_dir(mailer.folder()).unwrap().map(|it| it.unwrap().path()).collect();
        let [file] = &files[..] else { panic!("{files:?}") };
        assert_eq!(file.extension().unwrap(), "eml");
        let text = fs::read_to_string(file).unwrap();
        assert!(text.contains("To: noc@msp.example\r\n"), "{text}");
    }

    #[tokio::test]
    async fn a_folder_that_is_gone_is_tried_again() {
        let folder = tempfile::tempdir().unwrap();
        let mailer = FolderMailer::open(folder.path().join("out"), tests::sender()).unwrap();
        fs::remove_dir(mailer.folder()).unwrap();
        assert!(matches!(mailer.send(&tests::mail()).await, Err(MailError::Failed(_))));
    }
}
